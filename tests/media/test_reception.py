"""What was received and what is missing: each number counts once, whatever order they come in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.media.sfu.reception import GIVE_UP_S, MISSING, TRIES, Reception


def test_a_hole_is_asked_for_until_it_is_filled() -> None:
    reception = Reception(90_000)
    assert [reception.take(seq, 0, 0.0) for seq in (65_534, 65_535, 2)] == [0, 0, 2]
    assert reception.ask(0.0, 0.1) == [0, 1]
    assert reception.ask(0.05, 0.1) == [], "a round trip has not passed yet"
    assert reception.take(0, 0, 0.06) == 0
    assert reception.take(0, 0, 0.07) == -1, "the second one is a repeat"
    assert reception.ask(0.2, 0.1) == [1]


def test_what_is_too_late_is_given_up() -> None:
    reception = Reception(90_000)
    reception.take(1, 0, 0.0)
    reception.take(3, 0, 0.0)
    asked = [reception.ask(0.03 * step, 0.0) for step in range(100)]
    assert sum(map(len, asked)) == TRIES
    assert reception.take(2, 0, GIVE_UP_S + 3) == -1


@given(st.lists(st.integers(0, 65_535), max_size=200))
@settings(max_examples=100)
def test_any_numbers_are_taken_within_bounds(seqs: list[int]) -> None:
    reception = Reception(48_000)
    for step, seq in enumerate(seqs):
        reception.take(seq, 0, step * 0.01)
        assert len(reception._missing) <= MISSING
    block = reception.block(1, 10.0)
    assert 0 <= block.fraction <= 255


@given(st.permutations(range(30)), st.integers(0, 65_535))
@settings(max_examples=100)
def test_each_number_is_new_once_in_any_order(order: list[int], start: int) -> None:
    reception = Reception(48_000)
    reception.take(start, 0, 0.0)
    fresh = [(start + 1 + number) & 0xFFFF for number in order]
    taken = [seq for seq in [*fresh, *fresh] if reception.take(seq, 0, 0.0) >= 0]
    assert taken == fresh


def test_a_report_counts_what_was_lost_since_the_last() -> None:
    reception = Reception(48_000)
    for seq in range(100):
        if seq % 4:
            reception.take(seq, seq * 960, seq * 0.02)
    block = reception.block(7, 2.0)
    assert (block.ssrc, block.highest) == (7, 99)
    assert block.fraction == 24 * 256 // 99
    assert block.jitter == 0
    for seq in range(100, 150):
        reception.take(seq, seq * 960, seq * 0.02)
    assert reception.block(7, 3.0).fraction == 0


def test_a_jump_begins_anew() -> None:
    reception = Reception(48_000)
    reception.take(5, 0, 0.0)
    assert reception.take(20_000, 0, 0.1) == 0
    assert reception.ask(0.1, 0.0) == []
    assert reception.block(1, 1.0).fraction == 0
