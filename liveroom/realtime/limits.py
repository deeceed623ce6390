"""Token buckets.

A bucket is two floats, so that a connection can hold one without a further object of any size.
"""

from __future__ import annotations

from collections import OrderedDict

TOLERANCE = 1e-6
"""Of a token; adding up fractions of seconds may lack so much, and whoever waited as long as told is let through."""


class Bucket:
    """Refilled at `per_s`, holding at most `burst`; starts full.

    Args:
        burst: largest number of tokens.
        now_s: monotonic seconds.
    """

    __slots__ = ("at_s", "tokens")

    def __init__(self, burst: float, now_s: float) -> None:
        self.tokens = burst
        self.at_s = now_s

    def take(self, per_s: float, burst: float, cost: float, now_s: float) -> int:
        """Take `cost` tokens; 0 when taken, else the milliseconds until it can be, at least 1.

        A cost above the burst is charged as the burst, so that it is slow rather than impossible; a negative one is
        given back.
        """
        tokens = min(burst, self.tokens + (now_s - self.at_s) * per_s)
        self.at_s = now_s
        cost = min(cost, burst)
        if tokens >= cost - TOLERANCE:
            self.tokens = min(burst, max(0.0, tokens - cost))
            return 0
        self.tokens = tokens
        return max(1, int((cost - tokens) / per_s * 1000) + 1)


class Buckets:
    """Named buckets, bounded: the least recently used is forgotten first (it was nearly full again anyway).

    Args:
        capacity: most buckets kept.
    """

    def __init__(self, capacity: int = 100_000) -> None:
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self._capacity = capacity

    def take(self, name: str, per_s: float, burst: float, cost: float, now_s: float) -> int:
        """As `Bucket.take`, on the bucket of that name."""
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = Bucket(burst, now_s)
            if len(self._buckets) > self._capacity:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(name)
        return bucket.take(per_s, burst, cost, now_s)
