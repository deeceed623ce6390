"""What is counted in memory while people talk, and written into the ledger now and then.

Promise: nobody waits for it: counting is a few operations in memory. What was handed over is written once: it is sent
under its own key until the ledger has answered. A process that dies loses what it has counted since the last time.
Bounded: while the database is away, at most `MOST_WAITING` facts wait and nothing more is handed over.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from typing import NamedTuple

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.ledger import Fact, Ledger

logger = logging.getLogger(__name__)

EVERY_S = 2.0
MOST_WAITING = 1_000


class Gathered(NamedTuple):
    """What was counted for one scope of a room. `context` is what its decider works on."""

    kind: str
    room: str
    scope: str
    context: object


class Gatherer:
    """See the module.

    Args:
        collect: hands over what was counted since the last call, in pieces that suit one fact.
        writer: name of this process, unique among all that ever run.
    """

    def __init__(self, collect: Callable[[], Iterable[Gathered]], ledger: Ledger, clock: Clock, writer: str) -> None:
        self._collect = collect
        self._ledger = ledger
        self._clock = clock
        self._writer = writer
        self._waiting: deque[Fact] = deque()
        self._number = 0
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_running = False

    def start(self) -> None:
        """Begin to write."""
        self._is_running = True
        self._set_timer()

    async def stop(self) -> None:
        """Write what is there, as far as the ledger takes it, and end."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        await self.flush()

    async def flush(self) -> None:
        """Write now what was counted."""
        await self._settle()
        self._begin()
        await self._settle()

    async def _settle(self) -> None:
        while self._task is not None:
            await asyncio.wait([self._task])

    def _set_timer(self) -> None:
        if self._is_running:
            self._timer = self._clock.call_later(EVERY_S, self._begin)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._task = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        try:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.extend(map(self._make_fact, self._collect()))
            while self._waiting:
                await self._write_first()
        except RealtimeError as error:
            logger.warning("what was counted is written later: %s", error.message)
        except Exception:
            logger.exception("what was counted could not be written")
        finally:
            self._task = None
            self._set_timer()

    async def _write_first(self) -> None:
        try:
            await self._ledger.write(self._waiting[0])
        except RealtimeError as error:
            if error.retryable and error.code != ErrorCode.INTERNAL:
                raise
            # It would never be written, and nothing after it either.
            logger.error("a part of what was counted cannot be written: %s", error.message)
        self._waiting.popleft()

    def _make_fact(self, gathered: Gathered) -> Fact:
        self._number += 1
        kind, room, scope, context = gathered
        return Fact(kind, room, scope, self._writer, str(self._number), b"{}", self._clock.now_ms(), context)
