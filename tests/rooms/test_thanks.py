"""The host is told whom to thank: the final count, the weightiest words, never more than can be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from liveroom.rooms.errors import SceneFault
from liveroom.rooms.messages.gift import GiftNames
from liveroom.rooms.rules import thanks
from liveroom.rooms.scene_files import parse_scene
from tests.rooms.builders import NOW, SMALL_SCENE
from tests.rooms.test_combos import make_combo

WORDS = """
[[thanks]]
name = "gift"
weight = 40
text = { zh = ["谢{name}{gift}{count}"], en = ["{name} {gift} {count}"] }

[[thanks]]
name = "big"
min_amount = 1000
weight = 90
text = { zh = ["大谢{name}"], en = ["pause for {name}"] }
"""
SCENE = parse_scene("small.toml", SMALL_SCENE + WORDS)
NAMES = GiftNames(zh="玫瑰", en="Rose")


def test_the_words_are_those_of_the_weightiest_rule_in_the_language_of_the_host() -> None:
    small, big = make_combo(), replace(make_combo(), amount=1_000)
    _, cue = thanks.apply(thanks.start(NOW), small, NAMES, SCENE, "en", NOW)
    assert cue is not None
    assert (cue.line, cue.reasons, cue.weight) == ("小雨 Rose 1", ("gift",), 40)
    _, cue = thanks.apply(thanks.start(NOW), big, NAMES, SCENE, "zh-CN", NOW)
    assert cue is not None
    assert (cue.line, cue.reasons, cue.weight) == ("大谢小雨", ("gift", "big"), 90)


def test_a_rain_of_gifts_leaves_a_few_lines_and_the_last_place_for_what_is_heavy() -> None:
    state, lines = thanks.start(NOW), []
    for amount in [10] * 20 + [5_000] * 3:
        state, cue = thanks.apply(state, replace(make_combo(), amount=amount), NAMES, SCENE, "en", NOW)
        lines += [cue.line] if cue is not None else []
    assert lines == ["小雨 Rose 1", "小雨 Rose 1", "pause for 小雨"]
    _, cue = thanks.apply(state, make_combo(), NAMES, SCENE, "en", NOW + 4_000)
    assert cue is not None


def test_a_gift_that_is_no_longer_known_is_called_by_its_id_and_a_scene_without_words_is_silent() -> None:
    _, cue = thanks.apply(thanks.start(NOW), make_combo(), None, SCENE, "en", NOW)
    assert cue is not None
    assert cue.line == "小雨 rose 1"
    silent = parse_scene("small.toml", SMALL_SCENE)
    assert thanks.apply(thanks.start(NOW), make_combo(), NAMES, silent, "en", NOW)[1] is None


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        (WORDS.replace("{count}", "{price}"), "thanks.gift"),
        (WORDS.replace(', en = ["pause for {name}"]', ""), "thanks.big"),
        ('[orders]\nshow = "name"\nanonymous = { zh = "a", en = "b" }', "orders"),
        ('[orders]\nshow = "anonymous"\nanonymous = { zh = "{name}", en = "b" }', "orders"),
    ],
)
def test_words_that_could_not_be_said_stop_the_start(fault: str, key: str) -> None:
    with pytest.raises(SceneFault) as refused:
        parse_scene("small.toml", SMALL_SCENE + fault)
    assert refused.value.key == key
