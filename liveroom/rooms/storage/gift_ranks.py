"""Who gave most: pages of the ranks, and what the room is told of them.

Promise: ranks are read from the sums that were committed together with the gifts, so they are what the ledger says;
a page goes on where the one before ended, also when others have given meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.gift_tables import gift_sums


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody and what they gave."""

    user: Visitor
    gifts: int
    amount: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A show, or all shows of a room, in three numbers."""

    gifts: int
    amount: int
    givers: int


@dataclass(frozen=True, slots=True)
class After:
    """The last place of the page before."""

    rank: int
    amount: int
    user_id: str


class GiftRanks:
    """See the module. `show` empty: over all shows of the room."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, room: str, show: str, limit: int, after: After | None = None) -> Sequence[Place]:
        """Places in their order: by amount, then by user id."""
        values: dict[str, Any] = {"room_is": room, "show_is": show, "most": limit}
        async with self._database.read() as connection:
            if after is None:
                rows = await connection.execute(_FIRST, values)
            else:
                rows = await connection.execute(_NEXT, values | {"amount_is": after.amount, "user_is": after.user_id})
            return [
                Place(Visitor(id=row.user_id, name=row.name, level=row.level, demo=row.demo), row.gifts, row.amount)
                for row in rows
            ]

    async def standing(self, room: str, show: str) -> Standing:
        """The sums of everybody."""
        async with self._database.read() as connection:
            row = (await connection.execute(_STANDING, {"room_is": room, "show_is": show})).one()
            return Standing(int(row.gifts or 0), int(row.amount or 0), row.givers)


_s = gift_sums.c
_of_show = and_(_s.room == bindparam("room_is"), _s.show == bindparam("show_is"))
_FIRST = select(gift_sums).where(_of_show).order_by(_s.amount.desc(), _s.user_id).limit(bindparam("most"))
_later = or_(
    _s.amount < bindparam("amount_is"), and_(_s.amount == bindparam("amount_is"), _s.user_id > bindparam("user_is"))
)
_NEXT = _FIRST.where(_later)
_STANDING = select(
    func.sum(_s.gifts).label("gifts"), func.sum(_s.amount).label("amount"), func.count().label("givers")
).where(_of_show)
