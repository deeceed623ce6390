"""The plan keeps its rate exactly, whatever happens to those who follow it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.bench.schedule import Schedule

SECOND = 1_000_000_000


@given(rate=st.floats(0.5, 2000), seed=st.integers(0, 1000))
def test_every_slot_holds_one_message_in_its_own_time(rate: float, seed: int) -> None:
    schedule = Schedule(rate, 5 * SECOND, 7 * SECOND, seed)
    due = []
    while schedule.due_ns is not None:
        due.append(schedule.take())
    assert due == sorted(due)
    assert abs(len(due) - 2 * rate) <= 1
    for number, at in enumerate(due):
        assert -1 <= at - 5 * SECOND - number * SECOND / rate <= SECOND / rate + 1
        assert at < 7 * SECOND


def test_the_same_seed_plans_the_same_times() -> None:
    first, again, other = (Schedule(10, 0, SECOND, seed) for seed in (1, 1, 2))
    assert first.take() == again.take() != other.take()


def test_a_plan_that_is_over_gives_nothing_more() -> None:
    schedule = Schedule(1, 0, 1, 1)
    assert schedule.due_ns is None
    with pytest.raises(IndexError, match="over"):
        schedule.take()


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Schedule(0, 0, SECOND, 1)
