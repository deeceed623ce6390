"""Marks rows as sent, many in one transaction.

Promise: a mark is never lost while the process lives and the database answers; without it the row would be sent again
by a sweep, which is allowed. So marks wait a little for each other and never hold up a send.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.outbox import Outbox

logger = logging.getLogger(__name__)

GATHER_S = 0.02
RETRY_S = 0.5
BATCH = 2_000


class SentMarks:
    """See the module. Bounded by what the relay has sent and the database has not taken.

    Args:
        gather_s: how long marks wait for each other. What was sent within this time before a crash is sent again after
            it.
    """

    def __init__(self, outbox: Outbox, clock: Clock, gather_s: float = GATHER_S) -> None:
        self._outbox = outbox
        self._gather_s = gather_s
        self._clock = clock
        self._ids: set[int] = set()
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()
        self._drains = 0
        """Who waits until all is written: for them no mark waits for another."""

    @property
    def ids(self) -> frozenset[int]:
        """Rows whose mark is not written yet."""
        return frozenset(self._ids)

    @property
    def _gathering_s(self) -> float:
        if self._drains:
            return 0.0
        return self._gather_s if len(self._ids) < BATCH else GATHER_S

    def add(self, ids: Iterable[int]) -> None:
        """Rows are sent."""
        self._ids.update(ids)
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())

    async def drain(self) -> None:
        """Wait until all marks are written."""
        self._hurry.set()
        self._drains += 1
        try:
            while self._task is not None:
                await asyncio.wait([self._task])
        finally:
            self._drains -= 1

    async def stop(self) -> None:
        """Write what is left, once; what fails is sent again by a sweep."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._write()

    async def _run(self) -> None:
        try:
            pause_s = self._gathering_s
            while self._ids:
                await self._pause(pause_s)
                pause_s = self._gathering_s if await self._write() else RETRY_S
        finally:
            self._task = None

    async def _pause(self, pause_s: float) -> None:
        if not pause_s:
            return
        timer = self._clock.call_later(pause_s, self._hurry.set)
        try:
            await self._hurry.wait()
        finally:
            timer.cancel()
            self._hurry.clear()

    async def _write(self) -> bool:
        ids = sorted(self._ids)[:BATCH]
        if not ids:
            return True
        try:
            await self._outbox.mark_sent(ids, self._clock.now_ms())
        except RealtimeError as error:
            logger.warning("%d sent rows were not marked: %s", len(ids), error.message)
            return False
        except Exception:
            logger.exception("%d sent rows were not marked", len(ids))
            return False
        self._ids.difference_update(ids)
        return True
