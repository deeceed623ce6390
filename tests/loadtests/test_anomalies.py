"""A hole, a reorder and a duplicate are told apart and counted exactly, whatever the order of arrival."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loadtests.bench.anomalies import Anomalies
from loadtests.bench.messages import Stamp


def settle(arrivals: list[int]) -> Anomalies:
    anomalies = Anomalies()
    position = 0
    for at in arrivals:
        position = anomalies.settle(1, position, [(at, Stamp(at, 0))], at)
    return anomalies


@given(arrivals=st.lists(st.integers(1, 30), max_size=60))
def test_every_arrival_has_one_explanation(arrivals: list[int]) -> None:
    anomalies = settle(arrivals)
    first_times = list(dict.fromkeys(arrivals))
    late = [at for index, at in enumerate(first_times) if any(before > at for before in first_times[:index])]
    assert anomalies.duplicates == len(arrivals) - len(first_times)
    assert anomalies.reordered == len(late)
    assert anomalies.holes == max(arrivals, default=0) - len(first_times)
    assert [stamp.counter for stamp, _ in anomalies.strays] == first_times


def test_readers_are_kept_apart() -> None:
    anomalies = Anomalies()
    assert anomalies.settle(1, 0, [(3, None)], 0) == 3
    assert anomalies.settle(2, 2, [(2, None)], 0) == 2
    assert (anomalies.holes, anomalies.duplicates, anomalies.reordered) == (2, 1, 0)
