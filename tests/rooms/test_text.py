"""Text of strangers: what is removed, what stays, and that normalising is done once and for all."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.rooms.rules.text import MAX_MARKS, normalise, one_line, shorten

ZALGO = "e" + "\u0323\u0330\u0331\u0324\u0325\u0326\u0327\u0328\u0329" * 9


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  hello   there ", "hello there"),
        ("有 XL 码吗", "有 XL 码吗"),
        ("你好\u3000\u3000世界", "你好 世界"),
        ("a\t\tb", "a b"),
        ("one\r\n\n \n two\n", "one\ntwo"),
        ("a\x00b\x07c\x7f", "abc"),
        ("abc\u202egnp.exe\u202c", "abcgnp.exe"),
        ("\u2066x\u2069", "x"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("e\u0301", "é"),
        ("👨\u200d👩\u200d👧 ok", "👨\u200d👩\u200d👧 ok"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("สวัสดีที่นี่", "สวัสดีที่นี่"),
        ("", ""),
        ("   ", ""),
        ("\u200b\u200d\u3164\u2800", ""),
        ("\u0301\u0302", ""),
    ],
)
def test_a_text_is_shown_like_this(written: str, shown: str) -> None:
    assert normalise(written) == shown


def test_towers_of_marks_are_cut() -> None:
    shown = normalise(ZALGO)
    assert sum(unicodedata.combining(char) > 0 for char in unicodedata.normalize("NFD", shown)) <= MAX_MARKS + 1
    assert normalise("ก" + "็" * 60) == "ก" + "็" * MAX_MARKS


NASTY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(" \n\t\u3000\u200b\u202e\u2067\u0301\u0323\u0e47\ufe0f\u200d\u1100\u1161\u11a8e\x00\x1c吗"),
    )
)


@given(NASTY)
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(NASTY)
def test_nothing_that_harms_others_is_left(text: str) -> None:
    shown = normalise(text)
    assert shown == shown.strip()
    assert "  " not in shown
    assert "\n\n" not in shown
    assert not any(unicodedata.category(char) == "Cc" and char != "\n" for char in shown)
    assert not any(char in shown for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert unicodedata.is_normalized("NFC", shown)


@given(NASTY)
def test_one_line_is_one_line(text: str) -> None:
    assert len(one_line(text).splitlines()) <= 1


@given(st.text(), st.integers(1, 30))
def test_a_shortened_text_fits(text: str, chars: int) -> None:
    short = shorten(text, chars)
    assert len(short) <= chars
    assert short == text or short.endswith("…")
