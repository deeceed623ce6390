"""The queue of one room and the one task that empties it.

Commands that arrive while a batch is under way form the next one, so that a busy room costs one publish for many
commands. The queue is bounded: above `MAX_QUEUE` a command is refused with `overloaded`, never dropped. What could
not be sent because something outside was away stays in the room and is tried again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.telemetry import Telemetry
from liveroom.rooms.attendance import AUDIENCE
from liveroom.rooms.counters import Counters
from liveroom.rooms.means import Means
from liveroom.rooms.pipeline import STEP_S, Pipeline
from liveroom.rooms.requests import Request
from liveroom.rooms.rest import Rest
from liveroom.rooms.room import Room
from liveroom.rooms.visit_writer import VisitWriter

logger = logging.getLogger(__name__)

MAX_QUEUE = 8_192
MAX_BATCH = 512
"""Commands carried out before the loop does other things: some 10 ms."""
STAFF_RESERVE = 256
"""Places that a flood of the audience cannot take from those who keep order."""
RETRY_MS = 500
SHOW_CHANGES = frozenset({"room.open", "room.go_live", "room.end"})
FAULT_PAUSE_S = 0.5
"""After a turn that failed, so that a lasting fault outside is not hammered."""


class RoomActor:
    """The owner of a room on this node.

    Args:
        room: changed by this actor's task and by joins between its steps.
        means: store, backplane and hub.
    """

    def __init__(self, room: Room, means: Means, clock: Clock, telemetry: Telemetry) -> None:
        self.room = room
        self._clock = clock
        self._queue: list[Request] = []
        self._pipeline = Pipeline(room, means, clock, telemetry)
        self._pipeline.deferral.again = self._take_again
        self._rests = Rest(room.fanout, is_shared=means.backplane.is_shared)
        self._counters = Counters(room, means.backplane, clock, telemetry)
        room.sum_show = self._counters.sum_show
        self._visits = VisitWriter(room, means.store, clock)
        self._awake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_cut_off = False
        self._timer: TimerHandle | None = None
        self._timer_at_ms = 0
        self._task = asyncio.ensure_future(self._run())

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, no show runs, and nobody is remembered whose visit could go on."""
        room = self.room
        waits = self._queue or self._pipeline.deferral.tasks or room.outbox or self._counters.next_due_ms() is not None
        return self._idle.is_set() and not waits and room.document.show is None and not room.attendance.viewers

    def submit(self, request: Request) -> None:
        """Queue a command.

        Raises:
            RealtimeError: `overloaded`.
        """
        reserve = 0 if request.role in AUDIENCE else STAFF_RESERVE
        if len(self._queue) >= MAX_QUEUE + reserve:
            text = "the room has more commands waiting than it can take"
            raise RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=RETRY_MS, room=self.room.id)
        self._queue.append(request)
        self.wake()

    def _take_again(self, request: Request) -> None:
        self._queue.append(request)
        self.wake()

    def wake(self) -> None:
        """Something waits: a command, an outbox, or a time that has come."""
        self._idle.clear()
        self._awake.set()

    def note(self) -> None:
        """Somebody came or went: a turn now if that brought something to do, else when it will."""
        due_ms = self._next_due_ms()
        if due_ms is not None and due_ms <= self._clock.now_ms():
            self.wake()
        else:
            self._set_timer(due_ms)

    def recount(self) -> None:
        """The backplane may have lost its data: its sums are put right."""
        self._counters.recount()
        self.wake()

    async def drain(self) -> None:
        """Wait until everything accepted has been answered."""
        await self._idle.wait()
        while tasks := self._pipeline.deferral.tasks:
            await asyncio.gather(*tasks)
            await self._idle.wait()

    async def stop(self) -> None:
        """End the task; `drain` comes before it."""
        if self._timer is not None:
            self._timer.cancel()
        tasks = (self._task, *self._pipeline.deferral.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._visits.stop()

    async def _run(self) -> None:
        while True:
            await self._awake.wait()
            self._awake.clear()
            pause_s = 0.0
            try:
                await self._turn()
                self._is_cut_off = False
            except (RealtimeError, TimeoutError) as error:
                self._note_outage(error)
                pause_s = FAULT_PAUSE_S
            except Exception:
                # The room must go on: every request of the batch has been answered by then.
                logger.exception("a turn of room %s failed", self.room.id)
                pause_s = FAULT_PAUSE_S
            self._set_timer(self._next_due_ms(), pause_s)
            if self._queue:
                self._awake.set()
                await asyncio.sleep(0)
            else:
                await self._rest()
            if not self._awake.is_set():
                self._idle.set()

    async def _rest(self) -> None:
        """Let commands gather in a crowded room."""
        if rest_s := self._rests.length_s():
            rested = asyncio.Event()
            self._clock.call_later(rest_s, rested.set)
            await rested.wait()

    def _note_outage(self, error: Exception) -> None:
        """One line for an outage, however many turns it lasts."""
        if not self._is_cut_off:
            self._is_cut_off = True
            reason = str(error) or "no answer in time"
            logger.warning("room %s has something to send and cannot; it keeps trying: %s", self.room.id, reason)

    async def _turn(self) -> None:
        self.room.settle(self._clock.now_ms())
        count = _count_together(self._queue)
        batch, self._queue = self._queue[:count], self._queue[count:]
        self._visits.begin()
        began_s = self._clock.monotonic_s()
        try:
            await self._pipeline.run(batch)
            if batch:
                self._rests.note_turn(self._clock.monotonic_s() - began_s)
        except Exception:
            # What stands in the way of the outbox is no reason to keep the totals from everybody.
            await self._tell_totals()
            raise
        await self._tell_totals()

    async def _tell_totals(self) -> None:
        due_ms = self._counters.next_due_ms()
        if due_ms is not None and due_ms <= self._clock.now_ms():
            async with asyncio.timeout(STEP_S):
                await self._counters.tell()

    def _next_due_ms(self) -> int | None:
        unsent = 0 if self.room.outbox.has_messages else None
        dues = (self.room.attendance.next_due_ms(), self._counters.next_due_ms(), self.room.repeats.due_ms, unsent)
        return min((due for due in dues if due is not None), default=None)

    def _set_timer(self, due_ms: int | None, pause_s: float = 0.0) -> None:
        """Ring when the next thing is due; a timer that is set for that already stays."""
        if self._timer is not None:
            if due_ms == self._timer_at_ms and not pause_s:
                return
            self._timer.cancel()
            self._timer = None
        if due_ms is not None:
            self._timer_at_ms = due_ms
            delay_s = max(pause_s, (due_ms - self._clock.now_ms()) / 1000)
            self._timer = self._clock.call_later(delay_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        self.wake()


def _count_together(queue: Sequence[Request]) -> int:
    """How many requests from the beginning may be one batch: no key twice, at most `MAX_BATCH`.

    What changes the show begins a batch: what came before it is counted for the show before, once it is published.
    """
    keys: set[str] = set()
    for index, request in enumerate(queue[:MAX_BATCH]):
        if index and request.declared.name in SHOW_CHANGES:
            return index
        if request.key is None:
            continue
        if request.unique_key in keys:
            return index
        keys.add(request.unique_key)
    return min(len(queue), MAX_BATCH)
