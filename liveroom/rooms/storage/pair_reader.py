"""Reads something about people of rooms, for many of them in one statement.

A thousand people may join within a second, and each is asked for. Those who are asked for while a read is under way
are read together by the next one. Promise: at most one read is under way, and nobody waits for more than two.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, Table

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import among_pairs, pairs_parameter

T = TypeVar("T")
Pair = tuple[str, str]


class PairReader(Generic[T]):
    """See the module. What waits is bounded by the joins of this process that are under way.

    Args:
        table: has the columns `room` and `user_id`, one row for both.
        statement: selects from it.
        make: gives what is told of a row.
    """

    def __init__(self, database: Database, table: Table, statement: Select[Any], make: Callable[[Any], T]) -> None:
        self._database = database
        self._select = statement.where(among_pairs((table.c.room, table.c.user_id), "people", database.dialect))
        self._make = make
        self._waiting: dict[Pair, list[asyncio.Future[T | None]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def find(self, room: str, user_id: str) -> T | None:
        """What is known of somebody in a room.

        Raises:
            DatabaseUnavailable: it cannot be read now.
        """
        # One future for each who asks: one who gives up takes nothing from the others.
        found: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault((room, user_id), []).append(found)
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
        return await found

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._read()
        finally:
            self._task = None

    async def _read(self) -> None:
        wanted, self._waiting = self._waiting, {}
        known: dict[Pair, T] = {}
        failed: Exception | None = None
        try:
            async with self._database.read() as connection:
                rows = await connection.execute(self._select, pairs_parameter("people", wanted, self._database.dialect))
                known = {(row.room, row.user_id): self._make(row) for row in rows}
        except Exception as error:  # noqa: BLE001 - those who wait hear of it, whatever it is
            failed = error
        for pair, waiting in wanted.items():
            for found in waiting:
                if found.done():
                    continue
                if failed is not None:
                    found.set_exception(failed)
                else:
                    found.set_result(known.get(pair))
