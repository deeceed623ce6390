"""Token buckets that all nodes share, without asking the backplane for every token.

A node takes some tokens at a time and spends them by itself. They are taken from what is shared before they are spent,
so the rate over all nodes is never above what was said.
Promise: bounded memory; while the backplane does not answer, each node counts for itself.
"""

from __future__ import annotations

from collections import OrderedDict

from liveroom.realtime.backplane.base import Backplane, Take
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.realtime.limits import Buckets

CHUNK_SHARE = 0.05
"""Of the burst, taken at a time; so much may be left over on each node that nobody asks any more."""
CAPACITY = 100_000


class SharedBuckets:
    """Those of one kind of caller.

    Args:
        kind: keeps their names apart from those of other kinds.
        backplane: shared with other nodes; None: this process is alone.
    """

    def __init__(self, kind: str, backplane: Backplane | None, clock: Clock) -> None:
        self._kind = kind
        self._backplane = backplane
        self._clock = clock
        self._alone = Buckets(CAPACITY)
        self._paid: OrderedDict[str, float] = OrderedDict()

    async def take(self, name: str, per_s: float, burst: float, cost: float) -> int:
        """Take `cost` tokens; 0 when taken, else the milliseconds until it can be."""
        if self._backplane is None:
            return self._alone.take(name, per_s, burst, cost, self._clock.monotonic_s())
        paid = self._paid.pop(name, 0.0)
        if paid >= cost:
            self._keep(name, paid - cost)
            return 0
        try:
            return await self._take_more(self._backplane, name, Take(f"{self._kind}\n{name}", per_s, burst), cost, paid)
        except BackplaneUnavailable:
            return self._alone.take(name, per_s, burst, cost, self._clock.monotonic_s())

    async def _take_more(self, backplane: Backplane, name: str, bucket: Take, cost: float, paid: float) -> int:
        wanted, wait_ms = max(cost, bucket.burst * CHUNK_SHARE), 0
        for more in sorted({wanted, cost}, reverse=True):
            [wait_ms] = await backplane.take([Take(bucket.bucket, bucket.per_s, bucket.burst, more)])
            if not wait_ms:
                self._keep(name, paid + more - cost)
                return 0
        self._keep(name, paid)
        return wait_ms

    def _keep(self, name: str, paid: float) -> None:
        """While the backplane was asked, others may have kept something under the name."""
        self._paid[name] = self._paid.get(name, 0.0) + paid
        self._paid.move_to_end(name)
        if len(self._paid) > CAPACITY:
            self._paid.popitem(last=False)
