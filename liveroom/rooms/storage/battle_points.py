"""The points of battles inside of the ledger's transaction, and for reading: counters by room, and who made how many.

Promise: whoever adds points holds the battle's document until the commit, so no point is added once the document says
that the round is over; what is read after that is final. Points of people are sums of gifts under the round's name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.messages.battle_view import SUPPORTERS, Supporter
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.storage.documents import DOCUMENT_COLUMNS, Document, read_document
from liveroom.rooms.storage.gift_tables import gift_sums
from liveroom.rooms.storage.portable import among, among_pairs, dialect_of, pairs_parameter
from liveroom.rooms.storage.tables import counters, documents


async def lock_documents(connection: AsyncConnection, kind: str, ids: Collection[str]) -> Sequence[Document]:
    """Documents of a kind, kept from everybody else until the transaction ends; in one order, against deadlocks."""
    statement = (
        select(*DOCUMENT_COLUMNS)
        .where(documents.c.kind == bindparam("kind_is"), among(documents.c.id, "ids", dialect_of(connection)))
        .order_by(documents.c.id)
        .with_for_update()
    )
    rows = await connection.execute(statement, {"kind_is": kind, "ids": sorted(ids)})
    return [read_document(row) for row in rows]


async def read_counters(connection: AsyncConnection, scopes: Collection[str]) -> Mapping[str, Mapping[str, int]]:
    """All counters of some scopes."""
    statement = select(counters).where(among(counters.c.scope, "scopes", dialect_of(connection)))
    found: dict[str, dict[str, int]] = {scope: {} for scope in scopes}
    for scope, name, value in await connection.execute(statement, {"scopes": sorted(scopes)}):
        found[scope][name] = value
    return found


async def read_sums(
    connection: AsyncConnection, tally: str, people: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Gifts and points of some people in a round, given as (room, user id); those who have none are absent."""
    dialect = dialect_of(connection)
    statement = select(_s.room, _s.user_id, _s.gifts, _s.amount).where(
        _s.show == bindparam("show_is"), among_pairs((_s.room, _s.user_id), "people", dialect)
    )
    rows = await connection.execute(statement, {"show_is": tally, **pairs_parameter("people", people, dialect)})
    return {(room, user_id): (gifts, amount) for room, user_id, gifts, amount in rows}


async def read_supporters(
    connection: AsyncConnection, tally: str, rooms: Collection[str]
) -> Mapping[str, tuple[Supporter, ...]]:
    """Who made most points for some rooms in a round."""
    found: dict[str, tuple[Supporter, ...]] = {}
    for room in sorted(rooms):
        rows = await connection.execute(_TOP, {"room_is": room, "show_is": tally, "most": SUPPORTERS})
        found[room] = tuple(_supporter(row) for row in rows)
    return found


def _supporter(row: Any) -> Supporter:
    user = Visitor(id=row.user_id, name=row.name, level=row.level, demo=row.demo)
    return Supporter(user=user, points=row.amount)


_s = gift_sums.c
_TOP = (
    select(gift_sums)
    .where(_s.room == bindparam("room_is"), _s.show == bindparam("show_is"), _s.amount > 0)
    .order_by(_s.amount.desc(), _s.user_id)
    .limit(bindparam("most"))
)
