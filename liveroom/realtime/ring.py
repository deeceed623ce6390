"""The recent events of a room, so that whoever was away can catch up.

«Tail or None» is the whole of recovery: None means that the position is gone and the client must take a
snapshot. Promise: bounded by number and by bytes, whatever is published.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

RING_EVENTS = 8_192
RING_BYTES = 2 * 1024 * 1024
CATCH_UP_BYTES = 512 * 1024
"""Who lacks more is better served with a snapshot."""


class Ring:
    """Encoded events, numbered without a hole.

    Args:
        last_seq: number of the newest event that is *not* kept; the first append is `last_seq + 1`.
        max_events: most events kept; the oldest go first.
        max_bytes: most bytes kept; the oldest go first, the newest always stays.
    """

    __slots__ = ("_events", "_max_bytes", "_max_events", "_size_bytes", "last_seq")

    def __init__(self, last_seq: int = 0, *, max_events: int = RING_EVENTS, max_bytes: int = RING_BYTES) -> None:
        self.last_seq = last_seq
        self._events: deque[bytes] = deque()
        self._size_bytes = 0
        self._max_events = max_events
        self._max_bytes = max_bytes

    def __len__(self) -> int:
        return len(self._events)

    @property
    def first_seq(self) -> int:
        """Number of the oldest event kept."""
        return self.last_seq - len(self._events) + 1

    def extend(self, events: Sequence[bytes]) -> None:
        """Append events in order and let the oldest go."""
        kept = self._events
        kept.extend(events)
        self.last_seq += len(events)
        self._size_bytes += sum(map(len, events))
        while len(kept) > self._max_events or (self._size_bytes > self._max_bytes and len(kept) > 1):
            self._size_bytes -= len(kept.popleft())

    def tail(self, after_seq: int, max_bytes: int | None = None) -> list[bytes] | None:
        """All events after `after_seq`; None when some of them are gone or never existed, or they are too large."""
        missing = self.last_seq - after_seq
        if missing < 0 or missing > len(self._events):
            return None
        newest_first = list(islice(reversed(self._events), missing))
        newest_first.reverse()
        return newest_first if max_bytes is None or sum(map(len, newest_first)) <= max_bytes else None

    def replace(self, seq: int, event: bytes) -> None:
        """Give other bytes out from now on for an event that is kept; one that is gone is passed over."""
        index = seq - self.first_seq
        if 0 <= index < len(self._events):
            self._size_bytes += len(event) - len(self._events[index])
            self._events[index] = event

    def restarted(self, last_seq: int) -> Ring:
        """An empty ring of the same bounds."""
        return Ring(last_seq, max_events=self._max_events, max_bytes=self._max_bytes)


def fitting(events: list[bytes], max_bytes: int) -> list[bytes]:
    """The longest beginning of `events` that fits; at least one event."""
    size = 0
    for index, event in enumerate(events):
        size += len(event)
        if size > max_bytes and index:
            return events[:index]
    return events
