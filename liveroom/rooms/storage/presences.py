"""Leases on people: which node has them, until when it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, delete, exists, func, not_, select

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import replace_in
from liveroom.rooms.storage.presence_tables import presences

MOST = 1_000
EXPECTED = ""


class Lease(NamedTuple):
    """One person in one room on one node; times in epoch ms."""

    room: str
    user_id: str
    node: str
    seen_at_ms: int
    until_ms: int


class Lost(NamedTuple):
    """Somebody whom no node has any more, and when they were last seen."""

    room: str
    user_id: str
    seen_at_ms: int


class Presences:
    """See the module. Every method raises `DatabaseUnavailable` when it cannot be done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._put = replace_in(presences, database.dialect)

    async def put(self, leases: Sequence[Lease]) -> None:
        """Write leases, over those of the same person, room and node."""
        async with self._database.write() as connection:
            await connection.execute(self._put, [lease._asdict() for lease in leases])

    async def find_lost(self, now_ms: int) -> Sequence[Lost]:
        """People of whom every lease has run out, at most `MOST`; the longest ago first."""
        other = presences.alias("other")
        same = and_(other.c.room == presences.c.room, other.c.user_id == presences.c.user_id)
        statement = (
            select(presences.c.room, presences.c.user_id, func.max(presences.c.seen_at_ms))
            .where(presences.c.until_ms <= now_ms, not_(exists().where(same, other.c.until_ms > now_ms)))
            .group_by(presences.c.room, presences.c.user_id)
            .order_by(func.max(presences.c.seen_at_ms))
            .limit(MOST)
        )
        async with self._database.read() as connection:
            return [Lost(*row) for row in await connection.execute(statement)]

    async def is_live(self, room: str, user_id: str, now_ms: int) -> bool:
        """Whether some node has somebody now."""
        who = and_(presences.c.room == room, presences.c.user_id == user_id, presences.c.until_ms > now_ms)
        async with self._database.read() as connection:
            return bool(await connection.scalar(select(exists().where(who))))

    async def clear(self, lost: Lost, now_ms: int) -> None:
        """Forget the leases of somebody that have run out."""
        who = and_(presences.c.room == lost.room, presences.c.user_id == lost.user_id)
        async with self._database.write() as connection:
            await connection.execute(delete(presences).where(who, presences.c.until_ms <= now_ms))
