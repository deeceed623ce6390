"""Committed events that were told right after a start: what those who were there before it may have missed.

A process that dies takes the numbering of its rooms with it, so who comes back cannot ask for what was missed. What was
committed and perhaps not heard is told again from the outbox, and more happens until they are back; whoever resumes
from before the start gets both with the snapshot. Kept for `KEPT_S` after the start, at most `MOST` events and
`MOST_BYTES` a room; beyond it the oldest go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from liveroom.realtime.clock import Clock
from liveroom.rooms.rules.redaction import redact

KEPT_S = 30.0
"""Clients are back within 10 s (L5)."""
MOST = 8_000
MOST_BYTES = 512 * 1024


class Retold:
    """See the module."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_s = clock.monotonic_s()
        self._events: dict[str, deque[bytes]] = {}

    def keep(self, room: str, payloads: Iterable[bytes]) -> None:
        """Committed events of a room were told."""
        if self._is_over():
            return
        events = self._events.setdefault(room, deque(maxlen=MOST))
        events.extend(payloads)
        size = sum(map(len, events))
        while size > MOST_BYTES:
            size -= len(events.popleft())

    def redact(self, room: str, ids: Collection[str]) -> None:
        """Comments were removed: keep nothing of them."""
        events = self._events.get(room, ())
        for index, payload in enumerate(list(events)):
            self._events[room][index] = redact(payload, ids) or payload

    def of(self, room: str) -> Sequence[bytes]:
        """Those of a room, in order, encoded."""
        return () if self._is_over() else self._events.get(room, ())

    def _is_over(self) -> bool:
        is_over = self._clock.monotonic_s() > self._started_s + KEPT_S
        if is_over and self._events:
            self._events.clear()
        return is_over


def nothing_retold(room: str) -> Sequence[bytes]:
    """Where nothing outlives the process."""
    return ()
