"""A histogram for the hot path: one observation may stand for many deliveries, and costs well under a microsecond.

`prometheus_client.Histogram` takes a lock for each observation and knows no weights; a flush to 1,000 viewers would
have to observe 1,000 times. This one lives on the event loop alone, so it needs no lock.
Promise: exported in the usual Prometheus form (cumulative buckets, `_sum`, `_count`); the number of series is bounded.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector

OTHER = "other"
"""The label of everything that is not known by name."""


class Histogram(Collector):
    """Durations by one label.

    Args:
        name: full metric name, ending in `_seconds`.
        help_: one line for people.
        label: name of the label.
        bounds_s: upper bounds of the buckets in seconds, ascending; +Inf is added.
        known: values the label may take; all others are counted as "other".
    """

    def __init__(self, name: str, help_: str, label: str, bounds_s: Sequence[float], known: Sequence[str]) -> None:
        self._name = name
        self._help = help_
        self._label = label
        self._bounds_s = tuple(bounds_s)
        self._counts = {value: [0] * (len(self._bounds_s) + 1) for value in (*known, OTHER)}
        self._sums_s = dict.fromkeys(self._counts, 0.0)

    def observe(self, value: str, seconds: float, weight: int = 1) -> None:
        """Count `weight` observations of `seconds` under the label `value`."""
        if value not in self._counts:
            value = OTHER
        self._counts[value][bisect_left(self._bounds_s, seconds)] += weight
        self._sums_s[value] += seconds * weight

    def percentiles(self, shares: Sequence[float]) -> Mapping[str, tuple[int, Sequence[float]]]:
        """For each label that was observed: how often, and the seconds below which those shares of it lie.

        Args:
            shares: 0 to 1. Within a bucket values are taken to be spread evenly; above the last bound, to be it.
        """
        counted = {value: counts for value, counts in self._counts.items() if any(counts)}
        return {
            value: (sum(counts), [self._below(counts, share) for share in shares]) for value, counts in counted.items()
        }

    def _below(self, counts: Sequence[int], share: float) -> float:
        wanted, seen, lower = share * sum(counts), 0, 0.0
        for bound, count in zip(self._bounds_s, counts, strict=False):
            if seen + count >= wanted and count:
                return min(bound, lower + (bound - lower) * (wanted - seen) / count)
            seen, lower = seen + count, bound
        return self._bounds_s[-1]

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """The state, for Prometheus; labels that were never observed are left out."""
        family = HistogramMetricFamily(self._name, self._help, labels=[self._label])
        for value, counts in self._counts.items():
            if not any(counts):
                continue
            total = 0
            buckets: list[tuple[str, float]] = []
            for bound, count in zip((*map(str, self._bounds_s), "+Inf"), counts, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric([value], buckets, sum_value=self._sums_s[value])
        yield family
