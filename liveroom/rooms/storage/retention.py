"""Deletes what nobody needs any more, a little at a time.

Promise: a round takes one slice of each sort, and the next one waits, so writers are never held up for long; what it
cannot do now it does later, and the rest all the same. What is worth money and what the staff did are never deleted
here (`lifetimes.py`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.storage.exclusions import Exclusions
from liveroom.rooms.storage.lifetimes import DAY_MS, PASSING_FACTS, PASSING_HISTORY, PEOPLE_MS
from liveroom.rooms.storage.outbox import Outbox
from liveroom.rooms.storage.passing import Passing
from liveroom.rooms.storage.rooms import SqlRoomStore
from liveroom.rooms.storage.watches import Watches

logger = logging.getLogger(__name__)

ROUND_S = 30.0
PAUSE_S = 0.25
"""Before the next round, where one slice was not enough."""
SLICE = 1_000
SENT_ROWS_MS = 3_600_000
"""Sent outbox rows are kept for an hour, to look at when something is missed."""
ENDED_MS = DAY_MS
"""Exclusions that ended or were lifted are kept for a day: a node that was away for long reads what has changed."""


class Retention:
    """See the module."""

    def __init__(
        self,
        outbox: Outbox,
        rooms: SqlRoomStore,
        exclusions: Exclusions,
        watches: Watches,
        passing: Passing,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._rooms = rooms
        self._exclusions = exclusions
        self._watches = watches
        self._passing = passing
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

    async def run_once(self) -> bool:
        """One round; gives whether there may be more to delete."""
        is_more = False
        for name, delete in self._sorts(self._clock.now_ms()).items():
            if self._is_stopping:
                return False
            try:
                is_more = await delete() >= SLICE or is_more
            except RealtimeError as error:
                logger.warning("old rows were not deleted (%s): %s", name, error.message)
                if isinstance(error, DatabaseUnavailable) and error.reason == "gone":
                    return False
            except Exception:
                # The next round is not at once.
                logger.exception("old rows were not deleted (%s)", name)
        return is_more

    def _sorts(self, now_ms: int) -> Mapping[str, Callable[[], Awaitable[int]]]:
        passing = self._passing
        return {
            "outbox": lambda: self._outbox.forget(now_ms - SENT_ROWS_MS, SLICE),
            "visits": lambda: self._rooms.forget_visits(now_ms - PEOPLE_MS, SLICE),
            "watches": lambda: self._watches.forget(now_ms - PEOPLE_MS, SLICE),
            "exclusions": lambda: self._exclusions.forget(now_ms - ENDED_MS, SLICE),
            **{f"facts {kind}": partial(passing.forget_facts, kind, now_ms, SLICE) for kind in PASSING_FACTS},
            **{f"changes {kind}": partial(passing.forget_changes, kind, now_ms, SLICE) for kind in PASSING_HISTORY},
            "questions": lambda: passing.forget_questions(now_ms, SLICE),
        }

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        is_more = False
        try:
            is_more = await self.run_once()
        finally:
            # Only now, so that one round is never under way beside the next, and `stop` waits for the only one.
            if not self._is_stopping:
                self._timer = self._clock.call_later(PAUSE_S if is_more else ROUND_S, self._begin)
