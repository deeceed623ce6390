"""The text says exactly what it should: its number, its due time, and always the same number of bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.bench.messages import TEXT_BYTES, Stamp, TextMaker, read_stamp

MAKER = TextMaker(7)


@given(counter=st.integers(1, 99_999_999), intended=st.integers(0, 10**19))
def test_a_stamp_is_read_back_and_the_size_is_exact(counter: int, intended: int) -> None:
    text = MAKER.make(counter, intended)
    assert len(text.encode()) == TEXT_BYTES
    assert read_stamp(text.encode()) == Stamp(counter, intended)


@given(counter=st.integers(1, 99_999_999))
def test_a_text_survives_being_cleaned(counter: int) -> None:
    text = MAKER.make(counter, 1)
    assert text == " ".join(text.split())
    assert text.isascii()
    assert '"' not in text
    assert "\\" not in text


def test_a_stamp_is_found_inside_an_envelope() -> None:
    text = MAKER.make(5, 123)
    assert read_stamp(f'42["m","{text}"]'.encode()) == Stamp(5, 123)


def test_a_text_without_a_stamp_has_none() -> None:
    assert read_stamp(b"hello everybody") is None


def test_the_same_seed_makes_the_same_text_and_another_seed_does_not() -> None:
    assert TextMaker(1).make(3, 4) == TextMaker(1).make(3, 4) != TextMaker(2).make(3, 4)


def test_a_size_without_room_for_the_stamp_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 40"):
        TextMaker(1, size=39)
