"""Percentiles are read from the buckets: never below or above the one that the value lies in."""

from __future__ import annotations

import bisect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.server.histogram import Histogram

BOUNDS_S = (0.01, 0.1, 1.0)


def make_histogram() -> Histogram:
    """A histogram of three buckets and what is above."""
    return Histogram("liveroom_test_seconds", "A test.", "kind", BOUNDS_S, ("a", "b"))


def test_a_percentile_lies_in_its_bucket_as_far_as_the_share_says() -> None:
    histogram = make_histogram()
    histogram.observe("a", 0.05, 100)
    assert histogram.percentiles((0.5, 1.0)) == {"a": (100, pytest.approx([0.055, 0.1]))}
    histogram.observe("a", 5.0, 100)
    assert histogram.percentiles((0.99,))["a"] == (200, [1.0]), "above the last bound nothing is known but that"


@given(st.lists(st.floats(0, 0.99), min_size=1, max_size=40), st.floats(0.01, 1))
def test_a_percentile_is_in_the_bucket_of_the_true_one(values: list[float], share: float) -> None:
    histogram = make_histogram()
    for value in values:
        histogram.observe("b", value)
    count, (found,) = histogram.percentiles((share,))["b"]
    true = sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]
    at = bisect.bisect_left(BOUNDS_S, true)
    assert count == len(values)
    assert (BOUNDS_S[at - 1] if at else 0) <= found <= BOUNDS_S[at]
