"""Scene files: the package's own are good, a directory adds and replaces, and a fault is named where it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liveroom.rooms.errors import SceneFault
from liveroom.rooms.messages.welcome import CardKind
from liveroom.rooms.scene import Card, CardStep, Condition, CueRule, Occasion, Scene
from liveroom.rooms.scene_files import FILE_BYTES, load_scenes, parse_scene
from tests.rooms.builders import SMALL_SCENE


def test_the_package_has_three_scenes_each_in_chinese_and_english() -> None:
    scenes = load_scenes()
    assert set(scenes) == {"show", "one_to_one", "commerce"}
    assert all(scene.languages >= {"zh", "en"} for scene in scenes.values())
    assert all(len(scene.card.steps) >= 3 for scene in scenes.values())
    assert all(scene.card.delay_ms <= 2_000 for scene in scenes.values())


def test_a_directory_adds_and_replaces(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(SMALL_SCENE, "utf-8")
    (tmp_path / "show.toml").write_text(SMALL_SCENE.replace('"small"', '"show"'), "utf-8")
    (tmp_path / "notes.txt").write_text("not a scene", "utf-8")
    scenes = load_scenes(tmp_path)
    assert set(scenes) == {"show", "one_to_one", "commerce", "small"}
    assert scenes["show"].title["en"] == "Small"


def test_a_third_language_counts_once_every_text_has_it() -> None:
    partly = SMALL_SCENE.replace(
        'text = { zh = ["生日 {name}"],', 'text = { fr = ["fête {name}"], zh = ["生日 {name}"],'
    )
    assert parse_scene("small.toml", partly).language("fr-CA") == "en"


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('["birthday {name}"]', '["birthday {days}"]', "welcome.birthday", "{days} is not known"),
        ('["birthday {name}"]', '["{name.__class__}"]', "welcome.birthday", "is not known"),
        ('["birthday {name}"]', '["{name!r}"]', "welcome.birthday", "is not known"),
        ('["birthday {name}"]', '["{name"]', "welcome.birthday", "expected '}'"),
        ('["birthday {name}"]', "[]", "welcome.birthday.text.en", "at least 1 item"),
        (', en = ["birthday {name}"]', "", "welcome.birthday", "`text` lacks en"),
        ('when = ["birthday"]', 'when = ["birthdays"]', "welcome.birthday.when.0", "'birthday'"),
        ('when = ["birthday"]', "", "", "the welcome rules after `birthday` can never be reached"),
        ('name = "member"', 'name = "birthday"', "", "two rules have the same name"),
        ("weight = 90", "weight = 101", "cue.heavy.weight", "less than or equal to 100"),
        ("weight = 90", 'weight = "90"', "cue.heavy.weight", "valid integer"),
        ("weight = 90", "", "cue.heavy.weight", "is missing"),
        ("weight = 90", "weight = 90\nwait = 1", "cue.heavy.wait", "is not known here"),
        ('when = ["bought"]', "", "cue.heavy", "a cue for everybody"),
        ("delay_ms = 1000", "delay_ms = 30001", "card.delay_ms", "less than or equal to 30000"),
        ('kind = "game"', 'kind = "lottery"', "card.steps.1.kind", "'game'"),
        (', text.en = { title = "C", body = "c" }', "", "card.steps.2", "`text` lacks en"),
        ('name = "small"', 'name = "Small"', "name", "pattern"),
        ('name = "small"', 'name = "small"\nfallback = "fr"', "", "`fallback` fr"),
        ("[card]", "[card", "", "not valid TOML"),
    ],
)
def test_a_fault_is_named_with_file_key_and_reason(old: str, new: str, key: str, reason: str) -> None:
    assert old in SMALL_SCENE
    with pytest.raises(SceneFault) as refused:
        parse_scene("small.toml", SMALL_SCENE.replace(old, new, 1))
    assert (refused.value.file, refused.value.key) == ("small.toml", key)
    assert reason in refused.value.message


def test_the_last_welcome_must_fit_everybody() -> None:
    limited = SMALL_SCENE.replace('name = "default"', 'name = "default"\nmin_level = 1')
    with pytest.raises(SceneFault, match="the last `welcome` must hold for everybody"):
        parse_scene("small.toml", limited)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("other.toml", SMALL_SCENE.encode(), "its file must be small.toml"),
        ("small.toml", b"name = '\xff'", "not in UTF-8"),
        ("small.toml", b"#" * (FILE_BYTES + 1), "larger than"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SceneFault, match=reason) as refused:
        load_scenes(tmp_path)
    assert refused.value.file == name


def test_a_directory_in_place_of_a_file_and_a_missing_directory_are_named(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").mkdir()
    with pytest.raises(SceneFault, match="cannot be read"):
        load_scenes(tmp_path)
    with pytest.raises(SceneFault, match="does not exist"):
        load_scenes(tmp_path / "nowhere")


DOCS = (Path(__file__).parents[2] / "docs" / "scenes.md").read_text("utf-8")


def test_the_scene_in_the_documentation_works() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    assert parse_scene("tea.toml", example).card.steps[0].kind is CardKind.PREVIEW


def test_the_documentation_names_every_key_condition_and_placeholder() -> None:
    everything = Occasion(name="all", when=tuple(Condition), min_days=1, min_level=1)
    words = {*Condition, *Occasion.model_fields, *(f"{{{name}}}" for name in everything.placeholders())}
    words |= {*CueRule.model_fields, *Card.model_fields, *CardStep.model_fields, *Scene.model_fields} - {"text"}
    assert {word for word in words if word not in DOCS} == set()


def test_the_fault_in_the_documentation_is_the_one_that_is_told() -> None:
    with pytest.raises(SceneFault) as refused:
        parse_scene("show.toml", SMALL_SCENE.replace('["birthday {name}"]', '["birthday {days}"]'))
    assert f"`{refused.value.message}`" in DOCS
