"""Reads something about people of rooms, for many of them in one statement: a thousand may join within a second."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, Table

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.gathered import GatheredReads
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
        self._reads: GatheredReads[Pair, T] = GatheredReads(self._read)

    async def find(self, room: str, user_id: str) -> T | None:
        """What is known of somebody in a room.

        Raises:
            DatabaseUnavailable: it cannot be read now.
        """
        return await self._reads.get((room, user_id))

    async def _read(self, people: Collection[Pair]) -> Mapping[Pair, T]:
        async with self._database.read() as connection:
            rows = await connection.execute(self._select, pairs_parameter("people", people, self._database.dialect))
            return {(row.room, row.user_id): self._make(row) for row in rows}
