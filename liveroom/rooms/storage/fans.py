"""Rows of what people have earned: loaded and stored by deciders, read in pages for ranks.

Promise: a page goes on where the one before ended, also when others have earned something meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.rules.points import Action, Fan
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.fan_tables import fans
from liveroom.rooms.storage.portable import DialectName, among_pairs, pairs_parameter, replace_in

Pair = tuple[str, str]
"""Room and user id."""


class After(NamedTuple):
    """The last place of the page before."""

    rank: int
    points: int
    user_id: str


class FanRows:
    """For deciders: what they load is locked by the scope of their facts."""

    def __init__(self, dialect: DialectName) -> None:
        self._dialect = dialect
        self._select = select(fans).where(among_pairs((fans.c.room, fans.c.user_id), "people", dialect))
        self._put = replace_in(fans, dialect)

    async def load(self, connection: AsyncConnection, people: Collection[Pair]) -> dict[Pair, Fan]:
        """Those of the people who have a row."""
        rows = await connection.execute(self._select, pairs_parameter("people", people, self._dialect))
        return {(row.room, row.user_id): read_fan(row) for row in rows}

    async def store(self, connection: AsyncConnection, rows: Mapping[Pair, Fan]) -> None:
        """Write rows, over those that are there; at least one."""
        await connection.execute(self._put, [_values(room, fan) for (room, _), fan in sorted(rows.items())])


class FanPages:
    """Who stands where."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rank(self, room: str, limit: int, after: After | None = None) -> Sequence[Fan]:
        """By points, then by user id."""
        return await self._page(_RANK, _RANK_LATER, room, limit, after)

    async def members(self, room: str, limit: int, after: After | None = None) -> Sequence[Fan]:
        """Members of the fan club by their points in it, then by user id."""
        return await self._page(_CLUB, _CLUB_LATER, room, limit, after)

    async def find(self, room: str, user_id: str) -> Fan | None:
        """One person."""
        async with self._database.read() as connection:
            row = (await connection.execute(_ONE, {"room_is": room, "user_is": user_id})).one_or_none()
        return None if row is None else read_fan(row)

    async def _page(self, first: Any, later: Any, room: str, limit: int, after: After | None) -> Sequence[Fan]:
        values: dict[str, Any] = {"room_is": room, "most": limit}
        if after is not None:
            values |= {"points_is": after.points, "user_is": after.user_id}
        async with self._database.read() as connection:
            return [read_fan(row) for row in await connection.execute(first if after is None else later, values)]


def read_fan(row: Any) -> Fan:
    """A row of the table."""
    return Fan(
        row.user_id,
        row.name,
        row.demo,
        row.points,
        row.day,
        {Action(name): amount for name, amount in row.today.items()},
        row.minute,
        row.member_since_ms,
        row.club_points,
        row.rated,
    )


def _values(room: str, fan: Fan) -> dict[str, object]:
    return {
        "room": room,
        "user_id": fan.user_id,
        "name": fan.name,
        "demo": fan.demo,
        "points": fan.points,
        "day": fan.day,
        "today": {action.value: amount for action, amount in fan.today.items()},
        "minute": fan.minute,
        "member_since_ms": fan.member_since_ms,
        "club_points": fan.club_points,
        "rated": fan.rated,
    }


_of_room = fans.c.room == bindparam("room_is")
_ONE = select(fans).where(_of_room, fans.c.user_id == bindparam("user_is"))
_RANK = select(fans).where(_of_room).order_by(fans.c.points.desc(), fans.c.user_id).limit(bindparam("most"))
_CLUB = (
    select(fans)
    .where(_of_room, fans.c.member_since_ms.is_not(None))
    .order_by(fans.c.club_points.desc(), fans.c.user_id)
    .limit(bindparam("most"))
)


def _later(points: Any) -> Any:
    behind = and_(points == bindparam("points_is"), fans.c.user_id > bindparam("user_is"))
    return or_(points < bindparam("points_is"), behind)


_RANK_LATER = _RANK.where(_later(fans.c.points))
_CLUB_LATER = _CLUB.where(_later(fans.c.club_points))
