"""Percentiles are those of the exact list, to a tenth of a millisecond, and histograms add up."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from loadtests.bench.histogram import BUCKET_NS, Histogram

VALUES = st.lists(st.integers(0, 10_000_000_000), min_size=1, max_size=200)


def fill(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(values=VALUES, percent=st.sampled_from([50.0, 99.0, 99.9, 100.0]))
def test_a_percentile_is_the_upper_edge_of_the_exact_value(values: list[int], percent: float) -> None:
    exact = sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]
    edge = (exact // BUCKET_NS + 1) * BUCKET_NS / 1e6
    assert fill(values).percentile_ms(percent) == round(edge, 1)


@given(left=VALUES, right=VALUES)
def test_merging_is_counting_everything_at_once(left: list[int], right: list[int]) -> None:
    merged = fill(left)
    merged.merge(fill(right))
    everything = fill(left + right)
    assert merged.buckets_ms() == everything.buckets_ms()
    assert merged.count == everything.count


@given(
    arrivals=st.lists(st.integers(10**9, 2 * 10**9), max_size=50), starts=st.lists(st.integers(0, 10**9), max_size=5)
)
def test_a_spread_counts_every_pair_within_one_bucket(arrivals: list[int], starts: list[int]) -> None:
    spread, pairs = Histogram(), Histogram()
    spread.add_spread(arrivals, starts)
    for start in starts:
        for arrival in arrivals:
            pairs.add(arrival - start)
    assert spread.count == pairs.count
    if pairs.count:
        for percent in (50, 99, 100):
            assert abs(spread.percentile_ms(percent) - pairs.percentile_ms(percent)) <= 0.11


def test_nothing_counted_has_no_percentile() -> None:
    assert math.isnan(Histogram().percentile_ms(99))


def test_what_is_forgotten_counts_no_more() -> None:
    histogram = fill([5_000_000, 9_000_000])
    histogram.clear()
    histogram.add(1_000_000)
    assert histogram.count == 1
    assert histogram.percentile_ms(100) == fill([1_000_000]).percentile_ms(100)
