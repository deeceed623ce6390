"""Keeps how well a show is seen by whom, and how long they stay (R107).

Promise: nobody waits for the database; what was told is written within `FLUSH_S`, the newest of each visit, and tried
again when it could not be. At most `MOST` visits wait; beyond that a report of somebody new is dropped, the next one
tells the same again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import cast

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.messages.watching import ReportWatching
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules.cohorts import Watched, flow_of, picture_of
from liveroom.rooms.rules.visits import stay_ms
from liveroom.rooms.storage.watches import Watch, Watches

logger = logging.getLogger(__name__)

FLUSH_S = 5.0
MOST = 50_000


class WatchBook:
    """See the module."""

    def __init__(self, watches: Watches, clock: Clock) -> None:
        self._watches = watches
        self._clock = clock
        self._waiting: dict[tuple[str, str, str, int], Watch] = {}
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def report(self, room: Room, request: Request, now_ms: int) -> None:
        """`watch.report`; outside of a show there is nothing to see."""
        data = cast(ReportWatching, request.data)
        user_id = request.identity.user_id
        show, viewer = room.document.show, room.attendance.viewers.get(user_id)
        if show is None or viewer is None:
            return
        watched = Watched(data.height, data.played_ms, data.stalled_ms)
        visit = viewer.visit
        stayed_ms = min(stay_ms(visit, now_ms), now_ms - show.started_at)
        picture, flow = picture_of(watched), flow_of(watched)
        key = (room.id, show.id, user_id, visit.number)
        if key in self._waiting or len(self._waiting) < MOST:
            self._waiting[key] = Watch(*key, picture, flow, max(0, stayed_ms), now_ms)
        self._plan()

    async def settle(self) -> None:
        """Write what waits, as far as that is possible."""
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._waiting:
            await self._write()

    async def stop(self) -> None:
        """Write what waits, and end."""
        if self._timer is not None:
            self._timer.cancel()
        await self.settle()
        if self._timer is not None:
            self._timer.cancel()

    def _plan(self) -> None:
        if self._timer is None and self._task is None:
            self._timer = self._clock.call_later(FLUSH_S, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._task = asyncio.ensure_future(self._write())
        self._task.add_done_callback(self._rest)

    def _rest(self, _: asyncio.Task[None]) -> None:
        self._task = None
        if self._waiting:
            self._plan()

    async def _write(self) -> None:
        rows = dict(self._waiting)
        try:
            await self._watches.put(list(rows.values()))
        except RealtimeError as error:
            logger.warning("how well shows are seen could not be written; trying again: %s", error.message)
            return
        for key, row in rows.items():
            if self._waiting.get(key) is row:
                del self._waiting[key]
