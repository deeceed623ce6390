"""What a client hears, and the bounded queue through which a program reads it.

Overflow: when a reader is `limit` events behind, the queue is emptied and a `lagged` event says how many were
dropped; `room.state` is right all the same, because it does not pass through the queue.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

STREAM_LIMIT = 1_024


class Lane(StrEnum):
    """How an event came: by a delivery class of the protocol, or made by the client itself."""

    SEQUENCED = "sequenced"
    LATEST = "latest"
    PRIVATE = "private"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        kind: of the protocol, or in the local lane `status`, `joined`, `snapshot`, `left`, `lagged`,
            `error` (one that answers no command of the program).
        data: as in the published schema of the kind.
        room: None for what concerns the connection.
        seq: position in the room; None unless sequenced or a snapshot.
        ts: epoch ms by the server's clock; None where the server gave none.
    """

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    room: str | None = None
    lane: Lane = Lane.LOCAL
    seq: int | None = None
    ts: int | None = None


class EventStream:
    """An async iterator over events from the moment it was made; it ends when the room or the client does."""

    def __init__(self, limit: int = STREAM_LIMIT) -> None:
        self._limit = limit
        self._waiting: deque[Event] = deque()
        self._missed = 0
        self._ended = False
        self._news = asyncio.Event()

    def put(self, event: Event) -> None:
        """Add an event; never waits."""
        if len(self._waiting) >= self._limit:
            self._missed += len(self._waiting)
            self._waiting.clear()
        self._waiting.append(event)
        self._news.set()

    def end(self) -> None:
        """Let the iteration end after what is waiting."""
        self._ended = True
        self._news.set()

    def __aiter__(self) -> EventStream:
        """The stream itself."""
        return self

    async def __anext__(self) -> Event:
        """The next event; waits for one."""
        while not self._waiting:
            if self._ended:
                raise StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        if self._missed:
            missed, self._missed = self._missed, 0
            return Event("lagged", {"missed": missed})
        return self._waiting.popleft()
