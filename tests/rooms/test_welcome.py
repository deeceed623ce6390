"""The welcome: the right words for each person, in their language, other words the next time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.messages.welcome import WelcomeShown
from liveroom.rooms.rules import lifecycle, welcome
from liveroom.rooms.rules.calendar import days_kept
from liveroom.rooms.rules.traits import Traits
from liveroom.rooms.rules.visits import Visit
from liveroom.rooms.scene import Condition, Scene, SpokenRule
from liveroom.rooms.scene_files import load_scenes
from tests.rooms.builders import NOW, make_room, small_scene

SCENES = load_scenes()
SPOKEN = [
    pytest.param(scene, rule, lang, id=f"{scene.name}-{kind}-{rule.name}-{lang}")
    for scene in SCENES.values()
    for kind, rules in (("welcome", scene.welcome), ("cue", scene.cue))
    for rule in rules
    for lang in ("zh", "en")
]
FIRST = Visit("u1", 1, NOW, NOW)


def back(days: int, number: int = 2) -> Visit:
    return Visit("u1", number, NOW, NOW, days_away=days)


def greet(traits: Traits, visit: Visit = FIRST, lang: str | None = "en", at_ms: int = NOW) -> WelcomeShown:
    return welcome.choose(traits, visit, small_scene(), lang, at_ms, room=make_room())


def person(**known: Any) -> Traits:
    return Traits("u1", "Ann")._replace(**known)


@pytest.mark.parametrize(
    ("traits", "visit", "text"),
    [
        (person(birthday="09-21", member=True, communities=("Tea",), level=12), back(9), "birthday Ann"),
        (person(member=True, communities=("Tea", "Go"), level=12), back(9), "Tea Ann"),
        (person(level=12), back(9), "9 Ann"),
        (person(level=12), back(2), "12 Ann"),
        (person(level=9, birthday="09-22"), back(2), "(one|two|three) Ann"),
        (person(communities=("Tea",), source="community"), FIRST, "(one|two|three) Ann"),
    ],
)
def test_the_first_rule_that_fits_chooses_the_words(traits: Traits, visit: Visit, text: str) -> None:
    assert re.fullmatch(text, greet(traits, visit).text)


def test_it_says_what_was_known() -> None:
    shown = greet(person(level=12), back(9))
    assert shown.reasons == ("away", "level")
    assert (shown.returning, shown.first_visit, shown.days_away) == (True, False, 9)
    shown = greet(person())
    assert shown.reasons == ("default",)
    assert (shown.returning, shown.first_visit, shown.days_away) == (False, True, None)


def test_the_same_visit_reads_the_same_and_three_visits_read_three_wordings() -> None:
    assert greet(person()) == greet(person())
    assert len({greet(person(), back(0, number)).text for number in (2, 3, 4)}) == 3


def test_different_people_read_different_wordings() -> None:
    assert len({greet(Traits(f"u{number}", "Ann")).text for number in range(20)}) == 3


@pytest.mark.parametrize(
    ("lang", "begins"),
    [
        ("zh", "生"),
        ("zh-Hant-TW", "生"),
        ("ZH-cn", "生"),
        ("zh_CN", "生"),
        ("en-GB", "b"),
        ("fr", "b"),
        (None, "b"),
        ("", "b"),
    ],
)
def test_the_language_is_the_viewers_or_the_fallback(lang: str | None, begins: str) -> None:
    assert greet(person(birthday="09-21"), lang=lang).text.startswith(begins)


def test_a_birthday_begins_at_midnight_of_the_room() -> None:
    born = person(birthday="09-22")
    midnight = 1_790_006_400_000  # 2026-09-21 16:00 UTC
    assert not greet(born, at_ms=midnight - 1).text.startswith("birthday")
    assert greet(born, at_ms=midnight).text.startswith("birthday")


def test_who_is_born_on_the_29th_of_february_is_greeted_every_year() -> None:
    born = person(birthday="02-29")
    leap, common = 1_835_366_400_000, 1_803_830_400_000
    assert days_kept(leap, 480) == ("02-29",)
    assert days_kept(leap + 86_400_000, 480) == ("03-01",)
    assert days_kept(common, 480) == ("03-01", "02-29")
    assert greet(born, at_ms=leap).text.startswith("birthday")
    assert greet(born, at_ms=common).text.startswith("birthday")
    assert not greet(born, at_ms=leap + 86_400_000).text.startswith("birthday")


@pytest.mark.parametrize("name", ["{host}", "{0}", "{", "{name.__class__}", "%s", "\\"])
def test_a_name_is_only_a_name(name: str) -> None:
    assert greet(Traits("u1", name)).text.endswith(f" {name}")


@pytest.mark.parametrize(("scene", "rule", "lang"), SPOKEN)
def test_every_wording_is_complete_short_and_different(scene: Scene, rule: SpokenRule, lang: str) -> None:
    longest = "名" * 64
    known = Traits("u1", longest, Role.VIEWER, 999, "community", (longest,), True, True, "01-01")
    host = Person(id="h", name=longest)
    room = lifecycle.create("demo", "题" * 80, scene.name, host, RoomSettings(), NOW)
    said = {
        welcome.say(rule, known, Visit("u1", number, NOW, NOW, days_away=max(1, rule.min_days)), lang, room)
        for number in range(1, 13)
    }
    assert len(said) == len(rule.text[lang])
    for text in said:
        assert 1 <= len(text) <= 200
        assert not re.search(r"[{}]|None|名{21}", text)
        assert ("名" in text) == any("{name}" in line for line in rule.text[lang])


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_every_scene_greets_by_name_and_knows_all_that_l6_lists(scene: Scene) -> None:
    used = {condition for rule in scene.welcome for condition in rule.when}
    of_entries = {Condition.VIP, Condition.FAN, Condition.TOP_GIVER}
    assert used >= set(Condition) - of_entries - {Condition.RETURNING}
    assert any(rule.min_days for rule in scene.welcome)
    assert any(rule.min_level for rule in scene.welcome)
    assert any(rule.days for rule in scene.welcome)
    for rule in scene.welcome:
        for lines in rule.text.values():
            assert all("{name}" in line for line in lines)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_chinese_texts_use_chinese_punctuation_and_english_ones_do_not(scene: Scene) -> None:
    texts = {lang: [line for rule in (*scene.welcome, *scene.cue) for line in rule.text[lang]] for lang in ("zh", "en")}
    for step in scene.card.steps:
        for lang in ("zh", "en"):
            texts[lang] += [step.text[lang].title, step.text[lang].body, step.text[lang].action or ""]
    assert not [line for line in texts["zh"] if re.search("[,!?:;]", line)]
    assert all(line.isascii() for line in texts["en"])
