"""Reads what is known of earlier visits, for many people in one statement.

A thousand people may join within a second, and each is asked for. Those who are asked for while a read is under way
are read together by the next one. Promise: at most one read is under way, and nobody waits for more than two.
"""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from liveroom.rooms.errors import RoomsError
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import among_pairs, pairs_parameter
from liveroom.rooms.storage.tables import visits

Pair = tuple[str, str]
Found = asyncio.Future["PastVisits | None"]
Wanted = dict[Pair, list[Found]]


class VisitReader:
    """See the module. What waits is bounded by the joins of this process that are under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: Wanted = {}
        self._task: asyncio.Task[None] | None = None
        columns = (visits.c.room, visits.c.user_id)
        self._select = select(*columns, visits.c.visits, visits.c.last_seen_ms).where(
            among_pairs(columns, "people", database.dialect)
        )

    async def find(self, room: str, user_id: str) -> PastVisits | None:
        """What is known of somebody's earlier visits to a room.

        Raises:
            DatabaseUnavailable: it cannot be read now.
        """
        # One future for each who asks: one who gives up takes nothing from the others.
        found: Found = asyncio.get_running_loop().create_future()
        self._waiting.setdefault((room, user_id), []).append(found)
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
        return await found

    async def _run(self) -> None:
        try:
            while self._waiting:
                wanted, self._waiting = self._waiting, {}
                await self._read(wanted)
        finally:
            self._task = None

    async def _read(self, wanted: Wanted) -> None:
        known: dict[Pair, PastVisits] = {}
        failed: RoomsError | None = None
        try:
            async with self._database.read() as connection:
                rows = await connection.execute(self._select, pairs_parameter("people", wanted, self._database.dialect))
                known = {(row.room, row.user_id): PastVisits(row.visits, row.last_seen_ms) for row in rows}
        except RoomsError as error:
            failed = error
        for pair, waiting in wanted.items():
            for found in waiting:
                if found.done():
                    continue
                if failed is not None:
                    found.set_exception(failed)
                else:
                    found.set_result(known.get(pair))
