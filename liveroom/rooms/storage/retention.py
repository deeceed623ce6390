"""Deletes what nobody needs any more, a little at a time.

Promise: a round is bounded, so it never holds up writers for long; what it cannot do now it does later. Facts,
documents and their history are never deleted here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.exclusions import Exclusions
from liveroom.rooms.storage.outbox import Outbox
from liveroom.rooms.storage.rooms import SqlRoomStore
from liveroom.rooms.storage.watches import Watches

logger = logging.getLogger(__name__)

ROUND_S = 30.0
SLICE = 1_000
SLICES = 50
SENT_ROWS_MS = 3_600_000
"""Sent outbox rows are kept for an hour, to look at when something is missed."""
ENDED_MS = 86_400_000
"""Exclusions that ended or were lifted are kept for a day: a node that was away for long reads what has changed."""
VISITS_MS = 400 * 86_400_000
"""Somebody not seen for more than a year is new."""


class Retention:
    """See the module."""

    def __init__(
        self, outbox: Outbox, rooms: SqlRoomStore, exclusions: Exclusions, watches: Watches, clock: Clock
    ) -> None:
        self._outbox = outbox
        self._rooms = rooms
        self._exclusions = exclusions
        self._watches = watches
        self._clock = clock
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Begin; the first round is not at once."""
        self._timer = self._clock.call_later(ROUND_S, self._begin)

    async def stop(self) -> None:
        """End, with the slice that is being deleted."""
        self._is_stopping = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task

    async def run_once(self) -> None:
        """One round."""
        now_ms = self._clock.now_ms()
        try:
            await self._in_slices(lambda: self._outbox.forget(now_ms - SENT_ROWS_MS, SLICE))
            await self._in_slices(lambda: self._rooms.forget_visits(now_ms - VISITS_MS, SLICE))
            await self._in_slices(lambda: self._watches.forget(now_ms - VISITS_MS, SLICE))
            await self._in_slices(lambda: self._exclusions.forget(now_ms - ENDED_MS, SLICE))
        except RealtimeError as error:
            logger.warning("old rows were not deleted: %s", error.message)

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            await self.run_once()
        finally:
            # Only now, so that one round is never under way beside the next, and `stop` waits for the only one.
            if not self._is_stopping:
                self.start()

    async def _in_slices(self, delete: Callable[[], Awaitable[int]]) -> None:
        for _ in range(SLICES):
            if self._is_stopping or await delete() < SLICE:
                return
