"""Calls that nobody waits for.

Promise: one that fails is said in the log and no more; `stop` leaves none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine

from liveroom.realtime.media.errors import MediaError

logger = logging.getLogger(__name__)


class Errands:
    """See the module."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[None, None, None]) -> None:
        """Do something beside."""
        task = asyncio.create_task(_do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until all of it is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Do none of it any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _do(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except MediaError as error:
        logger.warning("the LiveKit server was not told: %s", error.message)
