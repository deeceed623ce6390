"""What a flush is taken to cost: a crowd is followed at once, a moment's disturbance hardly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.tick import Tick


def test_a_flush_that_was_disturbed_for_once_moves_the_tick_little() -> None:
    costs, known_s = [0.008] * 9 + [0.014] + [0.008] * 9, 0.0
    for cost_s in costs:
        known_s = Tick().steady(known_s, cost_s)
        assert 0.008 <= known_s < 0.010


@given(st.floats(0.001, 1), st.floats(2.01, 100))
def test_a_crowd_that_comes_or_goes_is_followed_at_once(known_s: float, times: float) -> None:
    assert Tick().steady(known_s, known_s * times) == known_s * times
    assert Tick().steady(known_s * times, known_s) == known_s
    assert Tick().steady(0.0, known_s) == known_s


@given(st.floats(0.001, 1), st.floats(0.5, 2))
def test_what_changed_for_good_is_followed_within_some_flushes(cost_s: float, times: float) -> None:
    known_s = cost_s * times
    for _ in range(20):
        known_s = Tick().steady(known_s, cost_s)
    assert known_s == pytest.approx(cost_s, rel=0.01)
