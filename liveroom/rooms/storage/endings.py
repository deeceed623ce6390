"""Ends tasks that use the database.

A task that is cancelled inside a statement costs its connection, and a connection that is being closed while the loop
ends can hold up the end of the process for ever. So they are let to end by themselves: every wait of theirs is bounded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from liveroom.realtime.task_set import TaskSet

END_S = 6.0
"""Longer than a transaction may take."""


async def let_end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Wait until tasks that will not begin anything new are done; those that are not after `END_S` are cancelled."""
    waiting = set(tasks)
    if not waiting:
        return
    _, late = await asyncio.wait(waiting, timeout=END_S)
    for task in late:
        task.cancel()
    if late:
        await asyncio.gather(*late, return_exceptions=True)


class DatabaseTasks(TaskSet):
    """Tasks of one owner that use the database."""

    async def settle(self) -> None:
        """Wait until nothing is under way, nor what came of it meanwhile."""
        while self._tasks:
            await self.wait()

    async def end(self) -> None:
        """Let them end; the owner starts nothing new by now."""
        await let_end(self._tasks)
