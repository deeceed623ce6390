"""Latency counts in buckets of 0.1 ms.

Exact counting: nothing is sampled, averaged or cut off at the top. Histograms add up; percentiles are
read from the sum and never averaged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

BUCKET_NS: Final = 100_000


class Histogram:
    """How many measurements fell into each 0.1 ms."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        self._buckets: Counter[int] = Counter()
        self.count = 0

    def add(self, value_ns: int, times: int = 1) -> None:
        """Count one value (in nanoseconds; below zero counts as zero) as often as said."""
        self._buckets[max(0, value_ns) // BUCKET_NS] += times
        self.count += times

    def clear(self) -> None:
        """Forget all that was counted."""
        self._buckets.clear()
        self.count = 0

    def add_spread(self, arrivals_ns: Iterable[int], starts_ns: list[int]) -> None:
        """Count `arrival - start` for every pair, at the resolution of a bucket.

        Args:
            arrivals_ns: when the same bytes reached each reader.
            starts_ns: when each message in those bytes was due.
        """
        spread = Counter(arrival // BUCKET_NS for arrival in arrivals_ns)
        for start in starts_ns:
            for bucket, times in spread.items():
                self.add(bucket * BUCKET_NS - start, times)

    def merge(self, other: Histogram) -> None:
        """Add the counts of another histogram."""
        self._buckets.update(other._buckets)
        self.count += other.count

    def percentile_ms(self, percent: float) -> float:
        """Upper edge, in ms, of the bucket that holds this percentile; NaN when nothing was counted."""
        if not self.count:
            return math.nan
        rank = max(1, math.ceil(self.count * percent / 100))
        seen = 0
        top = 0
        for bucket in sorted(self._buckets):
            top = bucket
            seen += self._buckets[bucket]
            if seen >= rank:
                break
        return round((top + 1) * BUCKET_NS / 1e6, 1)

    def buckets_ms(self) -> dict[int, int]:
        """The raw counts in whole milliseconds, for the report."""
        whole: Counter[int] = Counter()
        for bucket, times in self._buckets.items():
            whole[bucket * BUCKET_NS // 1_000_000] += times
        return dict(sorted(whole.items()))
