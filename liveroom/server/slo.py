"""The service-level objective as a number that is always there: which share of deliveries was in time (L33).

Promise: covers the last five minutes, in slots of ten seconds; memory does not grow.
"""

from __future__ import annotations

import math

from liveroom.realtime.clock import Clock

OBJECTIVE_S = 0.6
"""Every touch is answered inside 600 ms."""

_SLOT_S = 10
_SLOTS = 30


class SloWindow:
    """Counts deliveries inside and outside the objective over the last five minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._slots: list[tuple[int, int, int]] = [(-1, 0, 0)] * _SLOTS

    def count(self, seconds: float, deliveries: int) -> None:
        """Count `deliveries` that took `seconds`."""
        slot = self._slot()
        number, in_time, total = self._slots[slot % _SLOTS]
        if number != slot:
            in_time = total = 0
        good = deliveries if seconds <= OBJECTIVE_S else 0
        self._slots[slot % _SLOTS] = (slot, in_time + good, total + deliveries)

    def ratio(self) -> float:
        """Share of deliveries in time, 0 … 1; NaN when there were none: no data is neither good nor bad."""
        oldest = self._slot() - _SLOTS + 1
        recent = [(in_time, total) for number, in_time, total in self._slots if number >= oldest]
        total = sum(total for _, total in recent)
        return sum(in_time for in_time, _ in recent) / total if total else math.nan

    def _slot(self) -> int:
        return int(self._clock.monotonic_s() // _SLOT_S)
