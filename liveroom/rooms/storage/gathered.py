"""Reads for many who ask at the same time: a thousand people join in a second, and each has votes to be looked up.

Promise: while one read is under way, all that is asked for meanwhile waits and is read together by the next one; so
there is at most one statement at a time, however many ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 1_000
"""Of one read; the rest goes with the next one."""


class GatheredReads(Generic[K, V]):
    """See the module.

    Args:
        read: gives what is there for some keys; raises for all of them.
    """

    def __init__(self, read: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._waiting: dict[K, list[asyncio.Future[V | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    def get(self, key: K) -> asyncio.Future[V | None]:
        """What is there for a key; None: nothing."""
        asked: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(asked)
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
        return asked

    async def _run(self) -> None:
        try:
            while self._waiting:
                keys = list(self._waiting)[:MOST]
                asked = {key: self._waiting.pop(key) for key in keys}
                await self._answer(asked)
        finally:
            self._task = None

    async def _answer(self, asked: Mapping[K, list[asyncio.Future[V | None]]]) -> None:
        try:
            found = await self._read(list(asked))
        except Exception as error:  # noqa: BLE001 - told to everybody who asked
            for each in (future for waiting in asked.values() for future in waiting if not future.done()):
                each.set_exception(error)
            return
        for key, waiting in asked.items():
            for future in waiting:
                if not future.done():
                    future.set_result(found.get(key))
