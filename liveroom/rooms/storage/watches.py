"""Visits to shows with how well they were seen: written in bulk, read as sums by cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, func, select

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import delete_oldest, replace_in
from liveroom.rooms.storage.watch_tables import watches


class Watch(NamedTuple):
    """One visit; `stay_ms` so far."""

    room: str
    show_id: str
    user_id: str
    visit: int
    picture: str
    flow: str
    stay_ms: int
    told_at_ms: int


class Cohort(NamedTuple):
    """Those who saw a show equally well."""

    picture: str
    flow: str
    viewers: int
    visits: int
    stay_ms: int


class Watches:
    """See the module. Every method raises `DatabaseUnavailable` when it cannot be done."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._put = replace_in(watches, database.dialect)

    async def put(self, rows: Sequence[Watch]) -> None:
        """Write visits, over what was known of the same ones."""
        async with self._database.write() as connection:
            await connection.execute(self._put, [row._asdict() for row in sorted(rows)])

    async def read(self, room: str, show_id: str) -> Sequence[Cohort]:
        """The cohorts of a show, the largest first."""
        async with self._database.read() as connection:
            found = await connection.execute(_COHORTS, {"room_is": room, "show_is": show_id})
            return [Cohort(*row) for row in found]

    async def forget(self, told_before_ms: int, limit: int) -> int:
        """Delete some of the oldest visits; gives how many."""
        async with self._database.write() as connection:
            return (await connection.execute(_FORGET, {"before": told_before_ms, "most": limit})).rowcount


_COHORTS = (
    select(
        watches.c.picture,
        watches.c.flow,
        func.count(watches.c.user_id.distinct()),
        func.count(),
        func.sum(watches.c.stay_ms),
    )
    .where(watches.c.room == bindparam("room_is"), watches.c.show_id == bindparam("show_is"))
    .group_by(watches.c.picture, watches.c.flow)
    .order_by(func.count().desc(), watches.c.picture, watches.c.flow)
)
_FORGET = delete_oldest(watches, watches.c.told_at_ms)
