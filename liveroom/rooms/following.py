"""Rooms of this node follow what other nodes made of them.

Events carry what viewers see; the document has more (settings, version). Promise: when events show a room in another
state than its document here, or when events were lost for good, the document is read anew; who was told to resync
before that is told once more if it brought something they could not have seen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import REPAIRED
from liveroom.rooms.room import Room
from liveroom.rooms.store import RoomStore

logger = logging.getLogger(__name__)

LOAD_S = 5.0
AGAIN_S = 1.0


class Follower:
    """See the module.

    Args:
        find: the room of a name, while it is open here.
    """

    def __init__(self, store: RoomStore, clock: Clock, find: Callable[[str], Room | None]) -> None:
        self._store = store
        self._clock = clock
        self._find = find
        self._tasks: set[asyncio.Task[None]] = set()

    def observed(self, room: Room, events: Sequence[Event]) -> None:
        """Events were folded into the room's snapshot."""
        if any(event.kind.startswith("room.") or event.kind == REPAIRED for event in events) and room.lags:
            self._spawn(room.id, has_resynced=False)

    def opened(self, room: Room) -> None:
        """A room was opened; its document was read before its history."""
        if room.is_outdated:
            self._spawn(room.id, has_resynced=False)

    def resynced(self, name: str) -> None:
        """Events of a room are lost for good; its viewers were told."""
        self._spawn(name, has_resynced=True)

    def stop(self) -> None:
        """Follow no more."""
        for task in self._tasks:
            task.cancel()

    def _spawn(self, name: str, *, has_resynced: bool) -> None:
        task = asyncio.ensure_future(self._follow(name, has_resynced=has_resynced))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, name: str, *, has_resynced: bool) -> None:
        try:
            async with asyncio.timeout(LOAD_S):
                document = await self._store.load(name)
        except (RealtimeError, TimeoutError):
            logger.warning("the document of room %s could not be read anew; trying again", name)
            self._clock.call_later(AGAIN_S, lambda: self._spawn(name, has_resynced=has_resynced))
            return
        room = self._find(name)
        if room is None or document is None:
            return
        if document.version > room.document.version:
            room.replace(document)
        if has_resynced and room.lags:
            room.rebuild()
            room.fanout.replace(room.fanout.position)
