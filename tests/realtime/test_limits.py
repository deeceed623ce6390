"""Token buckets: never more than the rate over any time, never less than it, and a wait that is enough."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from liveroom.realtime.limits import TOLERANCE, Bucket, Buckets

RATES = st.floats(0.1, 100)
BURSTS = st.floats(1, 100)


@given(RATES, BURSTS, st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 30)), min_size=1, max_size=60))
def test_no_interval_lets_through_more_than_burst_and_rate(
    per_s: float, burst: float, tries: list[tuple[float, float]]
) -> None:
    bucket = Bucket(burst, 0.0)
    now_s = 0.0
    taken: list[tuple[float, float]] = []
    for pause_s, cost in tries:
        now_s += pause_s
        if not bucket.take(per_s, burst, cost, now_s):
            taken.append((now_s, min(cost, burst)))
    for index, (began_s, _) in enumerate(taken):
        passed = 0.0
        for at_s, cost in taken[index:]:
            passed += cost
            assert passed <= burst + (at_s - began_s) * per_s + TOLERANCE * len(taken)


@given(RATES, BURSTS, st.lists(st.floats(0.1, 200), min_size=1, max_size=40))
@example(1.25, 11.0, [1.0, 6.0, 11.0, 10.0, 1.5, 2.25])
def test_the_wait_that_is_told_is_enough_and_hardly_too_long(per_s: float, burst: float, costs: list[float]) -> None:
    bucket = Bucket(burst, 0.0)
    now_s = 0.0
    for cost in costs:
        wait_ms = bucket.take(per_s, burst, cost, now_s)
        if wait_ms:
            early_s = now_s + (wait_ms - 2) / 1000
            if early_s > now_s:
                assert bucket.take(per_s, burst, cost, early_s) > 0
            now_s += wait_ms / 1000
            assert bucket.take(per_s, burst, cost, now_s) == 0


def test_a_patient_sender_gets_the_whole_rate() -> None:
    bucket = Bucket(5, 0.0)
    taken = sum(not bucket.take(1, 5, 1, tenth / 10) for tenth in range(1_000))
    assert taken == 5 + 99


def test_a_cost_above_the_burst_is_slow_rather_than_impossible() -> None:
    bucket = Bucket(10, 0.0)
    assert bucket.take(1, 10, 50, 0.0) == 0
    assert bucket.take(1, 10, 50, 9.0) == pytest.approx(1_000, abs=1)
    assert bucket.take(1, 10, 50, 10.01) == 0


def test_named_buckets_are_apart_and_the_longest_unused_goes_first() -> None:
    buckets = Buckets(capacity=2)
    assert buckets.take("a", 1, 1, 1, 0.0) == 0
    assert buckets.take("b", 1, 1, 1, 0.0) == 0
    assert buckets.take("a", 1, 1, 1, 0.0) > 0
    assert buckets.take("c", 1, 1, 1, 0.0) == 0
    assert buckets.take("a", 1, 1, 1, 0.0) > 0, "used last and kept"
    assert buckets.take("b", 1, 1, 1, 0.0) == 0, "forgotten, so full again"
