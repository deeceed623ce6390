"""Counts the minutes people watch: at the end of each minute, whoever is here during a show has watched one (L15).

Promise: one pass over those who are here, once a minute, in pieces that let the loop do other things. A minute counts
for whoever has been here for at least half of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.rooms.levels.deeds import DeedBook
from liveroom.rooms.room import Room
from liveroom.rooms.rules.points import MINUTE_MS

logger = logging.getLogger(__name__)

HALF_MS = MINUTE_MS // 2
PIECE = 500


class MinuteHand:
    """See the module.

    Args:
        find: the room of a name, while it is open here.
    """

    def __init__(self, book: DeedBook, find: Callable[[str], Room | None], clock: Clock) -> None:
        self._book = book
        self._find = find
        self._clock = clock
        self._rooms: dict[str, Room] = {}
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def watch(self, room: Room) -> None:
        """A room was opened here."""
        if room.scene.levels.on:
            self._rooms[room.id] = room

    def start(self) -> None:
        """Begin to count."""
        now_ms = self._clock.now_ms()
        self._timer = self._clock.call_later((MINUTE_MS - now_ms % MINUTE_MS) / 1000, self._strike)

    async def stop(self) -> None:
        """End."""
        if self._timer is not None:
            self._timer.cancel()
        await self.settle()

    async def settle(self) -> None:
        """Wait until what is being counted is counted."""
        while self._task is not None:
            await asyncio.wait([self._task])

    def _strike(self) -> None:
        self.start()
        if self._task is None:
            # Some clocks ring a little early; the minute that ends is the one that is nearly over.
            minute = (self._clock.now_ms() + HALF_MS) // MINUTE_MS - 1
            self._task = asyncio.ensure_future(self._count(minute))

    async def _count(self, minute: int) -> None:
        try:
            for room in list(self._rooms.values()):
                await self._count_room(room, minute)
        except Exception:
            logger.exception("a minute could not be counted")
        finally:
            self._task = None

    async def _count_room(self, room: Room, minute: int) -> None:
        if self._find(room.id) is not room:
            self._rooms.pop(room.id, None)
            return
        if room.document.show is None:
            return
        latest_ms = (minute + 1) * MINUTE_MS - HALF_MS
        for at, (user_id, viewer) in enumerate(list(room.attendance.viewers.items())):
            if viewer.visit.left_at_ms is None and viewer.visit.since_ms <= latest_ms:
                self._book.stay(room, user_id, minute)
            if at % PIECE == PIECE - 1:
                await asyncio.sleep(0)
