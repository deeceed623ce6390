"""The plan is open, seeded, and keeps its rate whatever its shape."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.plan.arrivals import count_between, plan_poisson, plan_rounds
from loadtests.plan.intensity import Intensity, Swell, make_bursts

SEEDS = st.integers(0, 10_000)


@given(rate=st.floats(0.1, 50), seed=SEEDS)
def test_acts_come_in_order_inside_the_plan(rate: float, seed: int) -> None:
    due = plan_poisson(rate, make_bursts(60, 6, 1, 3, seed), str(seed))
    assert due == sorted(due)
    assert all(0 <= at < 60 for at in due)


def test_the_same_seed_plans_the_same_acts_and_another_one_others() -> None:
    level = Intensity(30)
    assert plan_poisson(5, level, "a") == plan_poisson(5, level, "a") != plan_poisson(5, level, "b")
    assert plan_rounds(5, 30, "a") == plan_rounds(5, 30, "a") != plan_rounds(5, 30, "b")


def test_poisson_keeps_the_rate_and_its_gaps_vary_as_they_should() -> None:
    due = plan_poisson(100, Intensity(100), "seed")
    assert len(due) == pytest.approx(10_000, rel=0.03)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    # Of an exponential distribution both are the same; a fixed rhythm would have no deviation.
    assert deviation == pytest.approx(mean, rel=0.05)


@given(seed=SEEDS, factor=st.floats(1.1, 10))
def test_bursts_leave_the_mean_as_it_is(seed: int, factor: float) -> None:
    assert make_bursts(120, 6, 1, factor, seed).area == pytest.approx(120)


def test_a_spike_comes_on_top() -> None:
    spiked = Intensity(60, [Swell(20, 10, 5)])
    assert spiked.area == pytest.approx(50 + 10 * 5)
    due = plan_poisson(20, spiked, "seed")
    inside, outside = count_between(due, 20, 30), count_between(due, 0, 20)
    assert inside / 10 == pytest.approx(5 * outside / 20, rel=0.2)


@given(area=st.floats(0, 99))
def test_time_is_found_by_area_in_order(area: float) -> None:
    spiked = Intensity(60, [Swell(20, 10, 5)])
    assert spiked.time_of(area) <= spiked.time_of(area + 1) <= 60


@given(rate=st.floats(0.05, 5), seed=SEEDS)
def test_rounds_leave_half_a_slot_between_two(rate: float, seed: int) -> None:
    due = plan_rounds(rate, 120, str(seed))
    assert all(later - earlier >= 0.5 / rate - 1e-9 for earlier, later in pairwise(due))
    assert abs(len(due) - 120 * rate) <= 1.5


def test_who_does_nothing_has_an_empty_plan() -> None:
    assert plan_poisson(0, Intensity(10), "s") == plan_rounds(0, 10, "s") == []
