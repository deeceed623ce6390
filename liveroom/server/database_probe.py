"""Whether the database answers, for the readiness of a node.

Promise: however often it is asked, the database is asked at most once in `FRESH_S`, and nobody waits longer than
`ANSWER_S`.
"""

from __future__ import annotations

import asyncio
import logging

from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.database import Database
from liveroom.server.schema import find_revision

logger = logging.getLogger(__name__)

FRESH_S = 1.0
ANSWER_S = 2.0


class DatabaseProbe:
    """See the module."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._asked_at_s = 0.0
        self._answer: asyncio.Task[bool] | None = None

    async def is_reachable(self) -> bool:
        """Whether it answered when it was asked last, at most `FRESH_S` ago."""
        now_s = self._clock.monotonic_s()
        if self._answer is None or (self._answer.done() and now_s - self._asked_at_s >= FRESH_S):
            self._asked_at_s = now_s
            self._answer = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._answer)

    async def stop(self) -> None:
        """Wait for the question that is under way; the database can be closed then."""
        if self._answer is not None:
            await self._answer

    async def _ask(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_S):
                await find_revision(self._database)
        except (RealtimeError, TimeoutError) as error:
            logger.warning("the database does not answer: %s", str(error) or "no answer in time")
            return False
        return True
