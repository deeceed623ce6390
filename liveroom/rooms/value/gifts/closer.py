"""Closes combos when their time is over: a timer for those of this node, a sweep for those others left behind.

Promise: a combo is closed within about `SWEEP_MS` of its time, whatever node or restart sees to it, and once (the
ledger decides). Between two looks nothing is held in memory but one time.
"""

from __future__ import annotations

import asyncio
import logging

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.ledger import Ledger
from liveroom.rooms.storage.combos import find_due, find_next_due
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.endings import let_end
from liveroom.rooms.value.gifts.settling import settle_fact

logger = logging.getLogger(__name__)

SWEEP_MS = 5_000
BATCH = 500
ROUNDS = 20
"""Batches closed at one look; the rest at the next."""


class ComboCloser:
    """See the module."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._expected_ms: int | None = None
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_running = False

    async def start(self) -> None:
        """Begin, with what is overdue."""
        self._is_running = True
        self._look()

    async def stop(self) -> None:
        """End; what is not closed is closed after the next start."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await let_end([self._task])

    def expect(self, due_ms: int) -> None:
        """A combo will be due at this time (epoch ms), unless it goes on."""
        if self._expected_ms is None or due_ms < self._expected_ms:
            self._expected_ms = due_ms
            if self._task is None:
                self._set_timer()

    def _look(self) -> None:
        if self._is_running and self._task is None:
            self._task = asyncio.ensure_future(self._close_due())

    async def _close_due(self) -> None:
        self._expected_ms = None
        try:
            for _ in range(ROUNDS):
                if await self._close_some() < BATCH:
                    break
            next_ms = await find_next_due(self._database)
            if next_ms is not None:
                self.expect(next_ms)
        except RealtimeError as error:
            logger.warning("combos wait for the next look: %s", error.message)
        except Exception:
            logger.exception("combos could not be closed")
        finally:
            self._task = None
            self._set_timer()

    async def _close_some(self) -> int:
        """Close what is overdue, at most `BATCH`; gives how many there were."""
        now_ms = self._clock.now_ms()
        due = await find_due(self._database, now_ms, BATCH)
        wishes = [self._ledger.write(settle_fact(each.id, each.room, now_ms)) for each in due]
        for result in await asyncio.gather(*wishes, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
        return len(due)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._is_running:
            now_ms = self._clock.now_ms()
            wait_ms = SWEEP_MS if self._expected_ms is None else min(SWEEP_MS, self._expected_ms - now_ms)
            self._timer = self._clock.call_later(max(0, wait_ms) / 1000, self._look)
