"""How much a sender may send: as much as is wanted, until its packets queue up or get lost on the way.

Browsers start low and stay there until somebody tells them more (REMB); what is told here is the ceiling of a person's
streams together. Queues show in packets that take longer and longer: arrival is compared with the time of sending that
each packet carries (abs-send-time), against the best of the last seconds.
Promise: between `LEAST_BPS` and the maximum; down at once, up by `GROWTH` a second.
"""

from __future__ import annotations

LEAST_BPS = 150_000
GROWTH = 1.08
BACK_OFF = 0.85
QUEUE_S = 0.1
LOSS = 0.1
BASE_WINDOW_S = 10.0
SMOOTHING = 0.1
WRAP = 1 << 24
UNIT_S = 1 / 262_144
SILENT_S = 16.0
"""After such a silence it is measured anew: stamps wrap every 64 s, and how often they did meanwhile nobody knows."""


class Uplink:
    """See the module."""

    def __init__(self, most_bps: int) -> None:
        self.most_bps = most_bps
        self.limit_bps = float(most_bps)
        self._bits = 0
        self._first: tuple[float, int] | None = None
        self._arrived_s = 0.0
        self._sent_units = 0
        self._last_stamp = 0
        self._queue_s = 0.0
        self._bases = [float("inf"), float("inf")]
        self._base_since_s = 0.0

    def observe(self, arrived_s: float, stamp: bytes | None, size: int) -> None:
        """A packet of `size` bytes came; `stamp` is its time of sending, three bytes."""
        self._bits += size << 3
        if stamp is None or len(stamp) != 3:
            return
        units = stamp[0] << 16 | stamp[1] << 8 | stamp[2]
        if self._first is None or arrived_s - self._arrived_s > SILENT_S:
            self._first = (arrived_s, units)
            self._bases = [float("inf"), float("inf")]
            self._base_since_s = arrived_s
            self._last_stamp = units
            self._sent_units = 0
        self._arrived_s = arrived_s
        step = (units - self._last_stamp) % WRAP
        if step < WRAP // 2:  # otherwise it was overtaken
            self._sent_units += step
            self._last_stamp = units
            late_s = (arrived_s - self._first[0]) - self._sent_units * UNIT_S
            self._note(late_s, arrived_s)

    def _note(self, late_s: float, now_s: float) -> None:
        if now_s - self._base_since_s > BASE_WINDOW_S:
            self._bases = [self._bases[1], float("inf")]
            self._base_since_s = now_s
        self._bases[1] = min(self._bases[1], late_s)
        queued_s = late_s - min(self._bases)
        self._queue_s += SMOOTHING * (queued_s - self._queue_s)

    def tick(self, passed_s: float, loss: float) -> int:
        """What the sender may send from now on, in bits a second.

        Args:
            passed_s: since the last time.
            loss: share of packets lost since then.
        """
        received_bps = self._bits / max(passed_s, 0.05)
        self._bits = 0
        if self._queue_s > QUEUE_S or loss > LOSS:
            self.limit_bps = max(LEAST_BPS, min(self.limit_bps, received_bps) * BACK_OFF)
            self._queue_s /= 2  # what was told needs a moment to show
        else:
            self.limit_bps = min(self.most_bps, self.limit_bps * GROWTH**passed_s)
        return int(self.limit_bps)
