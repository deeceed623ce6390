"""Latency counts in buckets of 1 ms up to 2 s, of 10 ms beyond.

Counts add up; percentiles are read from the sum and never averaged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

FINE_MS: Final = 2_000
COARSE_MS: Final = 10
_NS: Final = 1_000_000


class Latency:
    """How many values fell into each bucket; a bucket is named by its lower edge in ms."""

    def __init__(self, counts: Iterable[tuple[int, int]] = ()) -> None:
        """Start from these buckets and counts."""
        self.counts: Counter[int] = Counter(dict(counts))

    def add_ns(self, value_ns: int, times: int = 1) -> None:
        """Count a value in nanoseconds; below zero counts as zero."""
        self.counts[_find_bucket(max(0, value_ns) // _NS)] += times

    def add_spread(self, arrivals_ms: Mapping[int, int], start_ns: int) -> None:
        """Count `arrival - start` for arrivals that were counted by their millisecond.

        Args:
            arrivals_ms: how many arrivals in which millisecond.
            start_ns: when what arrived was due.
        """
        start_ms = start_ns // _NS
        for arrival_ms, times in arrivals_ms.items():
            self.counts[_find_bucket(max(0, arrival_ms - start_ms))] += times

    def merge(self, other: Latency) -> None:
        """Add the counts of another one."""
        self.counts.update(other.counts)

    @property
    def count(self) -> int:
        """How many values there are."""
        return self.counts.total()

    def percentile_ms(self, percent: float) -> float:
        """Upper edge, in ms, of the bucket that holds this percentile; NaN when nothing was counted."""
        rank = max(1, math.ceil(self.count * percent / 100))
        seen = 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= rank:
                return float(bucket + (1 if bucket < FINE_MS else COARSE_MS))
        return math.nan

    def pairs(self) -> list[tuple[int, int]]:
        """Buckets and counts, in order: how it travels and is kept."""
        return sorted(self.counts.items())


def _find_bucket(ms: int) -> int:
    return ms if ms < FINE_MS else ms - ms % COARSE_MS
