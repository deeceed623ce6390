"""Latencies are counted, added up, and never averaged."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from loadtests.record.latency import COARSE_MS, FINE_MS, Latency
from loadtests.record.series import SLOTS, TEN_S, Series, choose_slot_s

MS = 1_000_000
VALUES = st.lists(st.integers(0, 10_000), min_size=1, max_size=200)


@given(values=VALUES, percent=st.sampled_from([1, 50, 90, 99, 99.9, 100]))
def test_a_percentile_is_the_ranked_value_to_its_bucket(values: list[int], percent: float) -> None:
    latency = Latency()
    for value in values:
        latency.add_ns(value * MS)
    exact = sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]
    found = latency.percentile_ms(percent)
    assert exact < found <= exact + (1 if exact < FINE_MS else COARSE_MS)


@given(one=VALUES, other=VALUES)
def test_two_workers_add_up_to_one(one: list[int], other: list[int]) -> None:
    parts = [Latency(), Latency()]
    together = Latency()
    for part, values in zip(parts, (one, other), strict=True):
        for value in values:
            part.add_ns(value * MS)
            together.add_ns(value * MS)
    parts[0].merge(Latency(parts[1].pairs()))
    assert parts[0].pairs() == together.pairs()
    assert together.count == len(one) + len(other)


def test_what_arrived_before_it_was_due_counts_as_zero() -> None:
    latency = Latency()
    latency.add_ns(-5 * MS)
    latency.add_spread({10: 2}, 20 * MS)
    assert latency.pairs() == [(0, 3)]


def test_nothing_has_no_percentile() -> None:
    assert math.isnan(Latency().percentile_ms(99))


def test_a_slot_divides_ten_seconds_however_long_the_window() -> None:
    for seconds in (5, 60, 180, 181, 600, 86_400):
        assert choose_slot_s(seconds) in SLOTS
        assert TEN_S % choose_slot_s(seconds) == 0


def test_the_worst_ten_seconds_are_found_in_their_slots() -> None:
    series = Series(slot_s=2)
    for at_s in range(30):
        series.at("comment", "each", at_s).add_ns((500 if 10 <= at_s < 20 else 5) * MS, 100)
    assert series.worst_ten_s_ms("comment", "each", 99) == 501
    assert series.total("comment", "each").count == 3000
    copy = Series(slot_s=2)
    copy.merge(list(row) for row in series.rows())
    assert list(copy.rows()) == list(series.rows())
