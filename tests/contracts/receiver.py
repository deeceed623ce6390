"""A node's side of the backplane: it writes down what it hears and lets a test wait for it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from liveroom.realtime.backplane.base import Backplane, Event, Target

PATIENCE_S = 60.0


@dataclass(slots=True)
class RecordingReceiver:
    """A `Receiver`. An engine may deliver later than it answers, so tests wait with `until` and `fence`."""

    events: list[tuple[str, str, int, bytes]] = field(default_factory=list)
    kinds: list[tuple[str, bool]] = field(default_factory=list)
    latest: list[tuple[str, str, bytes]] = field(default_factory=list)
    private: list[tuple[str | None, Target, bytes]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    messages: list[bytes] = field(default_factory=list)
    misses: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _fences: itertools.count[int] = field(default_factory=itertools.count)

    def on_events(self, room: str, epoch: str, first_seq: int, events: Sequence[Event]) -> None:
        for seq, event in enumerate(events, first_seq):
            self.events.append((room, epoch, seq, event.payload))
            self.kinds.append((event.kind, event.vital))
        self._changed.set()

    def on_latest(self, room: str, kind: str, value: bytes) -> None:
        self.latest.append((room, kind, value))
        self._changed.set()

    def on_private(self, room: str | None, target: Target, payload: bytes) -> None:
        self.private.append((room, target, payload))
        self._changed.set()

    def on_gap(self, room: str) -> None:
        self.gaps.append(room)
        self._changed.set()

    def on_node_message(self, message: bytes) -> None:
        self.messages.append(message)
        self._changed.set()

    def on_nodes_missed(self) -> None:
        self.misses += 1
        self._changed.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something that was heard makes `holds` true."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def fence(self, backplane: Backplane) -> None:
        """Wait until everything that was said before has been heard, where it is heard at all."""
        message = b"fence %d" % next(self._fences)
        await backplane.tell_nodes(message)
        await self.until(lambda: message in self.messages)
        self.messages.remove(message)

    def payloads(self, room: str) -> list[bytes]:
        """The events of one room, in the order heard."""
        return [payload for heard, _, _, payload in self.events if heard == room]

    def seqs(self, room: str) -> list[int]:
        """Their numbers."""
        return [seq for heard, _, seq, _ in self.events if heard == room]
