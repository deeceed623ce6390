"""The ruling on a text: the strictest finding decides, and what may be shown is what is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveroom.rooms.errors import WordListFault
from liveroom.rooms.moderation.screen import HIDDEN_NAME, Reason, Screen
from liveroom.rooms.moderation.word_file import read_words
from liveroom.rooms.moderation.words import Action, WordFilter

SERVER = WordFilter({"fuck": Action.BLOCK, "damn": Action.MASK})
ROOM = WordFilter({"竞品": Action.HOLD, "walrus": Action.SHADOW})


def test_an_ordinary_text_is_shown_as_it_is() -> None:
    ruling = Screen([SERVER, ROOM], Action.BLOCK).rule("有 XL 码吗")
    assert (ruling.action, ruling.text, ruling.reason, ruling.found) == (None, "有 XL 码吗", None, ())


def test_both_lists_count_and_the_strictest_decides() -> None:
    screen = Screen([SERVER, ROOM])
    ruling = screen.rule("damn, 竞品 again")
    assert ruling.action is Action.HOLD
    assert ruling.text == "****, 竞品 again"
    assert ruling.reason is Reason.WORDS
    assert set(ruling.found) == {"damn", "竞品"}
    assert screen.rule("fuck the walrus").action is Action.BLOCK


def test_a_masked_word_is_shown_as_stars() -> None:
    ruling = Screen([SERVER]).rule("damn good")
    assert (ruling.action, ruling.text) == (Action.MASK, "**** good")


@pytest.mark.parametrize("action", [Action.BLOCK, Action.HOLD, Action.SHADOW])
def test_a_contact_detail_gets_the_action_of_the_room(action: Action) -> None:
    ruling = Screen([SERVER], action).rule("call 13800138000, damn")
    assert ruling.action is action
    assert ruling.reason is Reason.CONTACT
    assert ruling.found == ("damn", "phone")


def test_a_masked_contact_detail_hides_all_of_the_text() -> None:
    assert Screen([], Action.MASK).rule("call 13800138000").text == HIDDEN_NAME


def test_a_room_may_let_contact_details_through() -> None:
    assert Screen([SERVER], None).rule("call 13800138000").action is None


def test_a_name_is_starred_out_whatever_the_action() -> None:
    screen = Screen([SERVER, ROOM], Action.BLOCK)
    assert screen.name("damn good") == "**** good"
    assert screen.name("Mr Walrus") == "Mr ******"
    assert screen.name("vx abc123") == HIDDEN_NAME
    assert screen.name("小雨") == "小雨"


def test_a_file_has_words_under_headings(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("\ufeff# first\nfuck\n\n[mask]\n damn \n[hold]\n竞品\n", encoding="utf-8")
    assert read_words(path) == {"fuck": Action.BLOCK, "damn": Action.MASK, "竞品": Action.HOLD}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("ok\n[stop]\n", 2, r"there is no heading \[stop\]; known: \[mask\]"),
        ("ok\n" + "x" * 65, 2, "at most 64 characters"),
        ("👍\n", 1, "no letter or digit"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "words.txt"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WordListFault, match=says) as told:
        read_words(path)
    assert told.value.line == line
    assert f"words.txt, line {line}" in told.value.message


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(WordListFault, match=r"none\.txt: No such file"):
        read_words(tmp_path / "none.txt")
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WordListFault, match="not UTF-8"):
        read_words(bad)
