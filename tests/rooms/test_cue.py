"""The host's cue and the entry effect: who matters is announced, and a storm stays readable."""

from __future__ import annotations

import pytest

from liveroom.rooms.messages.audience import EntryEffect, ViewerEntered
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.messages.welcome import CueShown
from liveroom.rooms.rules import cue
from liveroom.rooms.rules.cue import Cues
from liveroom.rooms.rules.traits import Traits
from liveroom.rooms.rules.visits import Visit
from liveroom.rooms.scene import Condition, EntryRule, Scene
from tests.rooms.builders import HOST, NOW, make_room, small_scene

ORDINARY = Traits("u1", "Ann")
LIGHT = ORDINARY._replace(level=10)
HEAVY = ORDINARY._replace(level=10, bought=True)


def tell(state: Cues, traits: Traits, at_ms: int = NOW, lang: str = "en") -> tuple[Cues, CueShown | None]:
    visit = Visit(traits.user_id, 1, at_ms, at_ms)
    return cue.apply(state, traits, visit, small_scene(), lang, at_ms, room=make_room())


def come(
    state: Cues, traits: Traits, at_ms: int = NOW, effect_level: int = 10, scene: Scene | None = None
) -> tuple[Cues, ViewerEntered | None]:
    room = make_room(settings=RoomSettings(entry_effect_level=effect_level))
    visit = Visit(traits.user_id, 1, at_ms, at_ms)
    return cue.enter(state, traits, visit, scene or small_scene(), at_ms, room=room)


def test_who_matters_is_told_with_all_reasons_the_weightiest_first() -> None:
    _, shown = tell(cue.start(NOW), HEAVY, lang="zh")
    assert shown is not None
    assert (shown.line, shown.reasons, shown.weight) == ("重 Ann", ("heavy", "light"), 90)
    assert (shown.user.id, shown.user.level) == ("u1", 10)


def test_ordinary_entries_and_the_host_give_no_cue_and_cost_nothing() -> None:
    state = cue.start(NOW)
    assert tell(state, ORDINARY) == (state, None)
    assert tell(state, HEAVY._replace(user_id=HOST.id)) == (state, None)


def test_the_last_place_is_kept_for_the_weighty() -> None:
    state, told = cue.start(NOW), []
    for traits in (LIGHT, LIGHT, LIGHT, HEAVY, HEAVY):
        state, shown = tell(state, traits)
        told.append(shown.weight if shown else None)
    assert told == [40, 40, None, 90, None]


def test_in_a_storm_the_host_reads_one_line_in_two_seconds() -> None:
    state, told = cue.start(NOW), 0
    for ms in range(0, 20_000, 10):
        state, shown = tell(state, HEAVY, NOW + ms)
        told += shown is not None
    assert told == 3 + 9


@pytest.mark.parametrize(
    ("level", "effect"),
    [
        (0, None),
        (19, None),
        (20, EntryEffect.GLOW),
        (39, EntryEffect.GLOW),
        (40, EntryEffect.COMET),
        (60, EntryEffect.CROWN),
        (999, EntryEffect.CROWN),
    ],
)
def test_the_effect_grows_with_the_level(level: int, effect: EntryEffect | None) -> None:
    _, shown = come(cue.start(NOW), ORDINARY._replace(level=level), effect_level=20)
    assert (shown.effect if shown else None) is effect


def test_effects_are_limited_apart_from_cues() -> None:
    state, shown = cue.start(NOW), []
    for _ in range(5):
        state, entered = come(state, LIGHT)
        shown.append(entered is not None)
    assert shown == [True, True, True, False, False]
    assert come(state, LIGHT, NOW + 1000)[1] is not None
    assert tell(state, HEAVY)[1] is not None


def test_an_entry_without_effect_leaves_the_state_alone() -> None:
    state = cue.start(NOW)
    assert come(state, ORDINARY) == (state, None)


VIPS = (
    EntryRule(
        name="top_giver",
        when=(Condition.TOP_GIVER,),
        effect=EntryEffect.CROWN,
        text={"zh": "{name}驾到", "en": "{name} has arrived at {host}'s"},
    ),
    EntryRule(name="vip", when=(Condition.VIP,), effect=EntryEffect.COMET),
    EntryRule(name="fan", when=(Condition.FAN,), min_level=5, effect=EntryEffect.GLOW),
)


@pytest.mark.parametrize(
    ("traits", "rule", "effect"),
    [
        (ORDINARY, None, None),
        (ORDINARY._replace(vip=True), "vip", EntryEffect.COMET),
        (ORDINARY._replace(vip=True, top=True), "top_giver", EntryEffect.CROWN),
        (ORDINARY._replace(club=3, level=5), "fan", EntryEffect.GLOW),
        (ORDINARY._replace(club=3, level=4), None, None),
        (LIGHT, None, EntryEffect.GLOW),
    ],
)
def test_the_scene_says_whose_entry_everybody_sees_and_else_the_level(
    traits: Traits, rule: str | None, effect: EntryEffect | None
) -> None:
    _, shown = come(cue.start(NOW), traits, scene=small_scene().model_copy(update={"entry": VIPS}))
    assert (shown.rule if shown else None, shown.effect if shown else None) == (rule, effect)


def test_an_entry_is_told_in_both_languages_with_the_names_cut() -> None:
    scene = small_scene().model_copy(update={"entry": VIPS})
    _, shown = come(cue.start(NOW), ORDINARY._replace(name="x" * 60, top=True), scene=scene)
    assert shown is not None
    assert shown.text is not None
    assert (len(shown.text.zh), shown.text.en) == (22, f"{'x' * 19}… has arrived at 阿木's")


def test_an_effect_for_everybody_is_refused() -> None:
    with pytest.raises(ValueError, match="for everybody"):
        EntryRule(name="all", effect=EntryEffect.GLOW)
