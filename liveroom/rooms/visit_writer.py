"""Writes the visits that are over into the store, beside the room's turns.

Promise: neither commands nor totals wait for the store; what it refuses stays in the outbox, where whoever comes back
is found meanwhile, and is tried again after a pause. One task at most, a bounded piece at a time.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import islice

from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.room import Room
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.store import RoomStore

logger = logging.getLogger(__name__)

PIECE = 2_000
"""Visits in one transaction, so that a large room does not hold up the other writers."""
WRITE_S = 5.0
"""Longest time for a piece."""
PAUSE_S = 2.0
"""After a piece that was not written."""


class VisitWriter:
    """See the module.

    Args:
        room: whose outbox is emptied of visits.
    """

    def __init__(self, room: Room, store: RoomStore, clock: Clock) -> None:
        self._room = room
        self._store = store
        self._clock = clock
        self._is_cut_off = False
        self._is_stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Write what waits, unless that is under way."""
        if self._room.outbox.visits and not self._is_stopping.is_set() and (self._task is None or self._task.done()):
            self._task = asyncio.ensure_future(self._run())

    async def stop(self) -> None:
        """Write no more; what was not written stays in the outbox."""
        self._is_stopping.set()
        if self._task is not None:
            await let_end([self._task])

    async def _run(self) -> None:
        while self._room.outbox.visits and not self._is_stopping.is_set():
            try:
                await self._write()
                self._is_cut_off = False
            except (RealtimeError, TimeoutError) as error:
                self._note_outage(error)
                await self._pause()
            except Exception:
                logger.exception("the visits of room %s could not be written", self._room.id)
                await self._pause()

    async def _write(self) -> None:
        outbox = self._room.outbox
        visits = dict(islice(outbox.visits.items(), PIECE))
        async with asyncio.timeout(WRITE_S):
            await self._store.remember_visits(self._room.id, visits)
        outbox.visits_kept(visits)

    async def _pause(self) -> None:
        rested = asyncio.ensure_future(self._is_stopping.wait())
        self._clock.call_later(PAUSE_S, rested.cancel)
        await asyncio.wait([rested])

    def _note_outage(self, error: Exception) -> None:
        """One line for an outage, however long it lasts."""
        if not self._is_cut_off:
            self._is_cut_off = True
            reason = str(error) or "no answer in time"
            logger.warning("room %s has visits to keep and cannot; it keeps trying: %s", self._room.id, reason)
