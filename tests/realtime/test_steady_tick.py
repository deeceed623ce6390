"""What a flush is taken to cost: a moment's disturbance does not count, a crowd that comes or goes does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.rhythm import REMEMBERED, FlushCost


def note_all(*costs_s: float) -> float:
    """What a flush is taken to cost after these."""
    cost, known_s = FlushCost(), 0.0
    for cost_s in costs_s:
        known_s = cost.note(cost_s)
    return known_s


def test_the_first_flush_is_believed() -> None:
    assert note_all(0.008) == 0.008


@given(st.lists(st.tuples(st.sampled_from([0.011, 0.014]), st.sampled_from([0.008, 0.013])), max_size=20))
def test_flushes_that_were_disturbed_do_not_move_the_tick(disturbed: list[tuple[float, float]]) -> None:
    """As long as one in three was left in peace."""
    assert note_all(0.008, *(cost_s for two in disturbed for cost_s in (*two, 0.008))) == 0.008


@given(st.floats(0.001, 1), st.floats(2.01, 100))
def test_a_crowd_that_comes_is_seen_with_its_second_flush(known_s: float, times: float) -> None:
    before = [known_s] * REMEMBERED
    assert note_all(*before, known_s * times) == known_s
    assert note_all(*before, known_s * times, known_s * times) == known_s * times


@given(st.floats(0.001, 1), st.floats(2, 100))
def test_a_crowd_that_goes_is_seen_with_its_third_flush(known_s: float, times: float) -> None:
    before = [known_s * times] * REMEMBERED
    assert note_all(*before, known_s, known_s) == known_s * times
    assert note_all(*before, known_s, known_s, known_s) == known_s


@given(st.floats(0.001, 1), st.floats(0.5, 2))
def test_what_changed_for_good_is_followed_within_eight_flushes(cost_s: float, times: float) -> None:
    assert note_all(*[cost_s * times] * 20, *[cost_s] * REMEMBERED) == pytest.approx(cost_s)
