"""Fires what is due in documents, on every node and effective once.

A document says when the clock has something to say about it; that is kept beside it in the database, so no deadline
dies with a process. Each node sets a timer for what it changes itself, and looks once a second for what others
left behind or will leave behind. Who fires second finds nothing due any more.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.machines.contract import Elapse
from liveroom.rooms.machines.keeper import Keeper
from liveroom.rooms.storage.documents import Cause, Documents
from liveroom.rooms.storage.endings import let_end

logger = logging.getLogger(__name__)

LOOK_S = 1.0
AHEAD_MS = 1_500
"""What is due so soon gets a timer of its own, so that it fires on time and not at the next look."""
MOST = 1_000
"""Documents found at one look; the most overdue first, the rest at the next."""
AGAIN_MS = 5_000
"""A document that stays due although it was fired is left alone for so long: its rule has a fault."""
CLOCK = Cause("clock", "elapse")

Key = tuple[str, str]


class Timers:
    """See the module."""

    def __init__(self, keeper: Keeper, documents: Documents, clock: Clock) -> None:
        self._keeper = keeper
        self._documents = documents
        self._clock = clock
        self._timers: dict[Key, tuple[int, TimerHandle]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._looking: TimerHandle | None = None
        self._is_running = False
        keeper.observe(self._changed)

    async def start(self) -> None:
        """Fire what is overdue, then go on looking."""
        self._is_running = True
        await self._look()

    async def stop(self) -> None:
        """End; what is due later is found by others, or at the next start."""
        self._is_running = False
        if self._looking is not None:
            self._looking.cancel()
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        await let_end(self._tasks)

    async def settle(self) -> None:
        """Wait until what has been fired is carried out."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self, kind: str, document_id: str, state: Any) -> None:
        self._set((kind, document_id), self._keeper.machines[kind].due(state))

    def _set(self, key: Key, due_ms: int | None) -> None:
        known = self._timers.get(key)
        if known is not None:
            if known[0] == due_ms:
                return
            known[1].cancel()
            del self._timers[key]
        now_ms = self._clock.now_ms()
        if self._is_running and due_ms is not None and due_ms <= now_ms + AHEAD_MS:
            timer = self._clock.call_later(max(0, due_ms - now_ms) / 1000, lambda: self._fire(key))
            self._timers[key] = (due_ms, timer)

    def _fire(self, key: Key) -> None:
        self._timers.pop(key, None)
        self._spawn(key)

    def _spawn(self, key: Key) -> None:
        task = asyncio.ensure_future(self._elapse(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _elapse(self, key: Key) -> None:
        kind, document_id = key
        machine = self._keeper.machines[kind]
        begun_ms = self._clock.now_ms()
        try:
            state = await self._keeper.carry_out(machine, document_id, Elapse(), CLOCK)
        except RealtimeError as error:
            logger.warning("a %s that is due was not carried on; it is tried again: %s", kind, error.message)
            return
        except Exception:
            logger.exception("the rule of a %s failed when it was due", kind)
            self._leave_alone(key)
            return
        due_ms = machine.due(state)
        # A timer of the event loop may ring a millisecond early; what has become due since is fired now.
        if due_ms is not None and due_ms <= begun_ms:
            logger.error("a %s stays due although the clock was heard: %s", kind, document_id)
            self._leave_alone(key)
        else:
            self._set(key, due_ms)

    def _leave_alone(self, key: Key) -> None:
        if self._is_running and key not in self._timers:
            due_ms = self._clock.now_ms() + AGAIN_MS
            self._timers[key] = (due_ms, self._clock.call_later(AGAIN_MS / 1000, lambda: self._fire(key)))

    async def _look(self) -> None:
        try:
            until_ms = self._clock.now_ms() + AHEAD_MS
            for kind, document_id, due_ms in await self._documents.due(list(self._keeper.machines), until_ms, MOST):
                if (kind, document_id) not in self._timers:
                    self._set((kind, document_id), due_ms)
        except RealtimeError as error:
            logger.warning("what is due could not be looked up: %s", error.message)
        except Exception:
            logger.exception("what is due could not be looked up")
        if self._is_running:
            self._looking = self._clock.call_later(LOOK_S, self._begin_look)

    def _begin_look(self) -> None:
        task = asyncio.ensure_future(self._look())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
