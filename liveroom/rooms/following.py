"""Rooms of this node follow what other nodes made of them.

Events carry what viewers see; the document has more (settings, version). Promise: when events show a room in another
state than its document here, the document is read anew; when events or messages of nodes were lost for good, what else
the room shows, too, and its totals are told again. Who was told to resync before that is told once more if it brought
something they could not have seen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import REPAIRED
from liveroom.rooms.areas import Areas
from liveroom.rooms.room import Room
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.parts import Parts, merge_parts
from liveroom.rooms.store import RoomStore

logger = logging.getLogger(__name__)

LOAD_S = 5.0
AGAIN_S = 1.0
AT_ONCE = 8
"""Rooms read at the same time: all of a node can lose events together."""


class Follower:
    """See the module.

    Args:
        areas: of which the parts are.
        find: the room of a name, while it is open here.
    """

    def __init__(self, store: RoomStore, areas: Areas, clock: Clock, find: Callable[[str], Room | None]) -> None:
        self._store = store
        self._areas = areas
        self._clock = clock
        self._find = find
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting: set[tuple[str, bool]] = set()

    def observed(self, room: Room, events: Sequence[Event]) -> None:
        """Events were folded into the room's snapshot."""
        if any(event.kind.startswith("room.") or event.kind == REPAIRED for event in events) and room.lags:
            self._spawn(room.id)

    def opened(self, room: Room) -> None:
        """A room was opened; its document was read before its history."""
        if room.is_outdated:
            self._spawn(room.id)

    def resynced(self, name: str) -> None:
        """Events of a room are lost for good; its viewers were told."""
        self._reread(name, has_resynced=True)

    def missed(self, name: str) -> None:
        """What other nodes said of a room may be lost for good; its events are not."""
        self._reread(name, has_resynced=False)

    def stop(self) -> None:
        """Follow no more."""
        for task in self._tasks:
            task.cancel()

    def _reread(self, name: str, *, has_resynced: bool) -> None:
        if (name, has_resynced) not in self._waiting:
            self._waiting.add((name, has_resynced))
            self._begin(self._read_all(name, has_resynced=has_resynced))

    def _spawn(self, name: str) -> None:
        self._begin(self._follow(name))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _follow(self, name: str) -> None:
        try:
            async with asyncio.timeout(LOAD_S):
                document = await self._store.load(name)
        except (RealtimeError, TimeoutError):
            logger.warning("the document of room %s could not be read anew; trying again", name)
            self._clock.call_later(AGAIN_S, lambda: self._spawn(name))
            return
        room = self._find(name)
        if room is not None:
            _take(room, document)

    async def _read_all(self, name: str, *, has_resynced: bool) -> None:
        try:
            async with self._slots, asyncio.timeout(LOAD_S):
                self._waiting.discard((name, has_resynced))
                room = self._find(name)
                if room is None:
                    return
                before = room.snapshot.parts
                document, parts = await asyncio.gather(self._store.load(name), self._areas.load_parts(name))
        except Exception as error:
            fault = None if isinstance(error, RealtimeError | TimeoutError) else error
            logger.warning("what room %s shows could not be read anew; trying again", name, exc_info=fault)
            self._clock.call_later(AGAIN_S, lambda: self._reread(name, has_resynced=has_resynced))
            return
        if self._find(name) is room:
            _take(room, document)
            if has_resynced:
                _show(room, before, parts)


def _take(room: Room, document: RoomState | None) -> None:
    if document is not None and document.version > room.document.version:
        room.replace(document)


def _show(room: Room, before: Parts, loaded: Parts) -> None:
    parts = merge_parts(before, loaded, room.snapshot.parts)
    if room.lags or parts != room.snapshot.parts:
        room.rebuild(parts)
        room.fanout.replace(room.fanout.position)
