"""Sends outbox rows: at once after their commit, and by a sweep what a process that died has left.

Promise: each row is sent at least once and, inside its lane, after all rows with a smaller id; a send that fails is
tried again and holds up its own lane only. Rows in memory are bounded; what is above stays in the table and is
read from there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import BackplaneUnavailable, RealtimeError
from liveroom.rooms.storage.lane_queue import LaneQueue
from liveroom.rooms.storage.outbox import Lane, Outbox, OutboxRow, Written
from liveroom.rooms.storage.sent_marks import GATHER_S, SentMarks

logger = logging.getLogger(__name__)

SWEEP_S = 2.0
GRACE_MS = 2_000
"""A process has this long to send what it wrote before others do it."""
SWEEP_LANES = 1_000
SEND_S = 5.0
BATCH = 100
HELD_ROWS = 10_000
"""Rows in memory, over all lanes; above, lanes read from the table."""
SENDERS = 32
"""Sends under way at the same time."""
RETRY_MS = 100
RETRY_MOST_MS = 30_000
UNHEARD_MOST_MS = 1_000
"""While the backplane is away: what was committed is told less than 2 s after it is back. Not written down: every
process finds out by itself."""

Send = Callable[[str, Sequence[OutboxRow]], Awaitable[None]]
"""Sends rows of one room, in order. Returns when all are taken; an exception sends all of them again later."""


class Relay:
    """See the module.

    Args:
        senders: by the name of the lane. Lanes of other names are left alone.
        jitter: a number from 0 to 1, for the pause after a failure.
        mark_after_s: how long a row counts as unsent after it was sent.
    """

    def __init__(
        self,
        outbox: Outbox,
        senders: Mapping[str, Send],
        clock: Clock,
        jitter: Callable[[], float],
        mark_after_s: float = GATHER_S,
    ) -> None:
        self._outbox = outbox
        self._senders = senders
        self._clock = clock
        self._jitter = jitter
        self._lanes: dict[Lane, LaneQueue] = {}
        self._tasks: dict[Lane, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(SENDERS)
        self._marks = SentMarks(outbox, clock, mark_after_s)
        self._sweeper: asyncio.Task[None] | None = None
        self._timer: TimerHandle | None = None
        self._held = 0
        self._is_running = False

    @property
    def unsent(self) -> int:
        """Rows that this process knows to be waiting; for back-pressure."""
        return sum(lane.waiting for lane in self._lanes.values())

    async def start(self) -> None:
        """Begin to send; what was left by a process that died first."""
        self._is_running = True
        self._outbox.committed = self.take
        await self._sweep(grace_ms=0)

    async def stop(self, within_s: float = 0.0) -> None:
        """End, after sending what can be sent within a time. What is not sent is in the table."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.drain()
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._sweeper is not None:
            await self._sweeper
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._marks.stop()

    async def settle(self) -> None:
        """Wait until the rows this process knows of are sent."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def drain(self) -> None:
        """Wait until they are marked, too."""
        await self.settle()
        await self._marks.drain()

    def take(self, written: Written) -> None:
        """Send rows that were committed just now."""
        for row in written.rows:
            lane = self._lane(row.lane)
            if lane is None:
                continue
            self._held += lane.append(row, may_hold=self._held < HELD_ROWS and row.lane not in written.behind)
        for each in {row.lane for row in written.rows}:
            self._wake(each)

    def _lane(self, name: Lane) -> LaneQueue | None:
        if name.lane not in self._senders:
            return None
        return self._lanes.setdefault(name, LaneQueue(name))

    def _wake(self, name: Lane) -> None:
        if self._is_running and name in self._lanes and name not in self._tasks:
            self._tasks[name] = asyncio.ensure_future(self._run(self._lanes[name]))

    async def _run(self, lane: LaneQueue) -> None:
        """Empty one lane; then it is forgotten."""
        try:
            while lane.rows or lane.is_behind:
                if lane.rows:
                    await self._send(lane)
                else:
                    loaded = await lane.load(self._outbox, BATCH, self._marks.ids)
                    self._held += loaded
            del self._lanes[lane.name]
        except RealtimeError as error:
            logger.warning("lane %s waits for the sweep: %s", lane.name.lane, error.message)
            self._held -= lane.fall_behind()
        except Exception:
            logger.exception("lane %s waits for the sweep", lane.name.lane)
            self._held -= lane.fall_behind()
        finally:
            self._tasks.pop(lane.name, None)

    async def _send(self, lane: LaneQueue) -> None:
        rows = lane.head(BATCH)
        # Written by the clock of another process perhaps, which may be far ahead.
        wait_ms = min(rows[0].next_at_ms - self._clock.now_ms(), RETRY_MOST_MS)
        if wait_ms > 0:
            await self._pause(wait_ms)
        try:
            async with self._slots, asyncio.timeout(SEND_S):
                await self._senders[lane.name.lane](lane.name.room, rows)
        except Exception as error:  # noqa: BLE001 - whatever a sender meets, the rows stay and the lane goes on later
            await self._put_off(lane, rows[0], error)
            return
        self._held -= lane.drop(len(rows))
        self._marks.add(row.id for row in rows)

    async def _put_off(self, lane: LaneQueue, row: OutboxRow, error: Exception) -> None:
        attempts = row.attempts + 1
        is_unheard = isinstance(error, BackplaneUnavailable)
        most_ms = UNHEARD_MOST_MS if is_unheard else RETRY_MOST_MS
        pause_ms = min(most_ms, RETRY_MS * 2 ** min(attempts - 1, 16))
        pause_ms = round(pause_ms * (0.5 + self._jitter() / 2))
        logger.warning(
            "lane %s: try %d failed (%s), next in %d ms", lane.name.lane, attempts, type(error).__name__, pause_ms
        )
        next_at_ms = self._clock.now_ms() + pause_ms
        lane.put_off(attempts, next_at_ms)
        if not is_unheard:
            await self._outbox.put_off(row.id, attempts, next_at_ms)

    async def _pause(self, wait_ms: int) -> None:
        over = asyncio.Event()
        timer = self._clock.call_later(wait_ms / 1000, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    async def _sweep(self, grace_ms: int = GRACE_MS) -> None:
        try:
            for name in await self._outbox.find_left(self._senders, self._clock.now_ms() - grace_ms, SWEEP_LANES):
                lane = self._lane(name)
                if lane is not None:
                    lane.read_again()
                    self._wake(name)
        except RealtimeError as error:
            logger.warning("the outbox was not swept: %s", error.message)
        except Exception:
            logger.exception("the outbox was not swept")
        if self._is_running:
            self._timer = self._clock.call_later(SWEEP_S, self._begin_sweep)

    def _begin_sweep(self) -> None:
        self._sweeper = asyncio.ensure_future(self._sweep())
