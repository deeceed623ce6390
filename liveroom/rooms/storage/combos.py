"""Combos and what each person has given, as rows; for deciders, inside of the ledger's transaction, and for reading.

Promise: a combo that is open is found by who gives it; one that is due is found by its time, so that no restart
loses it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.messages.people import Person, Visitor
from liveroom.rooms.rules.combos import Combo
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.gift_tables import gift_combos, gift_sums
from liveroom.rooms.storage.portable import DialectName, among, among_pairs, dialect_of, insert_into, pairs_parameter

ALL_SHOWS = ""
"""As `show` of a sum: over all shows of the room."""


class Due(NamedTuple):
    """A combo whose time is over."""

    id: str
    room: str


@dataclass(frozen=True, slots=True)
class Gain:
    """What somebody gave, to be added to their sums."""

    room: str
    show: str
    by: Visitor
    gifts: int
    amount: int


async def load_open(connection: AsyncConnection, givers: Collection[tuple[str, str]]) -> Sequence[Combo]:
    """The open combos of people, given as (room, user id); the older of two first."""
    dialect = dialect_of(connection)
    rows = await connection.execute(_open(dialect), pairs_parameter("givers", givers, dialect))
    return [_read(row) for row in rows]


async def load_combos(connection: AsyncConnection, ids: Collection[str]) -> Mapping[str, Combo]:
    """Combos by id."""
    rows = await connection.execute(_some(dialect_of(connection)), {"ids": sorted(ids)})
    return {row.id: _read(row) for row in rows}


async def store_combos(connection: AsyncConnection, begun: Sequence[Combo], changed: Sequence[Combo]) -> None:
    """Write combos that are new, and what has changed in others."""
    if begun:
        await connection.execute(gift_combos.insert(), [_write(combo) for combo in begun])
    if changed:
        await connection.execute(_CHANGE, [_changes(combo) for combo in changed])


async def add_gains(connection: AsyncConnection, gains: Sequence[Gain], *, over_all: bool = True) -> None:
    """Add to the sums of people; one gain for each person and show.

    Args:
        over_all: also to those of all shows of the room.
    """
    rows = [_sum(gain, show) for gain in gains for show in ((gain.show, ALL_SHOWS) if over_all else (gain.show,))]
    rows.sort(key=lambda row: (row["room"], row["show"], row["user_id"]))
    if rows:
        await connection.execute(_add(dialect_of(connection)), rows)


async def find_due(database: Database, now_ms: int, limit: int) -> Sequence[Due]:
    """Open combos whose time is over, the most overdue first."""
    async with database.read() as connection:
        rows = await connection.execute(_DUE, {"now": now_ms, "most": limit})
        return [Due(row.id, row.room) for row in rows]


async def find_next_due(database: Database) -> int | None:
    """When the next open combo is due, in epoch ms."""
    async with database.read() as connection:
        found: int | None = await connection.scalar(_NEXT)
        return found


def _read(row: Any) -> Combo:
    return Combo(
        row.id,
        row.room,
        row.show,
        row.gift,
        Visitor(id=row.user_id, name=row.name, level=row.level, demo=row.demo),
        Person(id=row.to_id, name=row.to_name),
        row.count_,
        row.amount,
        row.opened_at_ms,
        row.last_at_ms,
        row.due_at_ms,
        row.closed_at_ms,
    )


def _write(combo: Combo) -> dict[str, object]:
    return {
        "id": combo.id,
        "room": combo.room,
        "show": combo.show,
        "user_id": combo.by.id,
        "name": combo.by.name,
        "level": combo.by.level,
        "demo": combo.by.demo,
        "gift": combo.gift,
        "to_id": combo.to.id,
        "to_name": combo.to.name,
        "count": combo.count,
        "amount": combo.amount,
        "opened_at_ms": combo.opened_at_ms,
        "last_at_ms": combo.last_at_ms,
        "due_at_ms": combo.due_at_ms,
        "closed_at_ms": combo.closed_at_ms,
        "settlement_id": None if combo.closed_at_ms is None else combo.settlement_id,
    }


def _changes(combo: Combo) -> dict[str, object]:
    return {
        "id_is": combo.id,
        "new_count": combo.count,
        "new_amount": combo.amount,
        "new_last": combo.last_at_ms,
        "new_due": combo.due_at_ms,
        "new_closed": combo.closed_at_ms,
        "new_settlement": None if combo.closed_at_ms is None else combo.settlement_id,
    }


def _sum(gain: Gain, show: str) -> dict[str, Any]:
    return {
        "room": gain.room,
        "show": show,
        "user_id": gain.by.id,
        "name": gain.by.name,
        "level": gain.by.level,
        "demo": gain.by.demo,
        "gifts": gain.gifts,
        "amount": gain.amount,
    }


_c = gift_combos.c
# `count` of a row is a method of tuples.
_COLUMNS = [column.label("count_") if column.name == "count" else column for column in _c]


@cache
def _open(dialect: DialectName) -> Any:
    """Those of the givers that are open."""
    pairs = among_pairs((_c.room, _c.user_id), "givers", dialect)
    return select(*_COLUMNS).where(_c.closed_at_ms.is_(None), pairs).order_by(_c.opened_at_ms, _c.id)


@cache
def _some(dialect: DialectName) -> Any:
    """Those of the ids."""
    return select(*_COLUMNS).where(among(_c.id, "ids", dialect))


@cache
def _add(dialect: DialectName) -> Any:
    """Adds to a sum; the name is the newest."""
    add = insert_into(gift_sums, dialect)
    return add.on_conflict_do_update(
        index_elements=["room", "show", "user_id"],
        set_={
            "name": add.excluded.name,
            "level": add.excluded.level,
            "demo": add.excluded.demo,
            "gifts": gift_sums.c.gifts + add.excluded.gifts,
            "amount": gift_sums.c.amount + add.excluded.amount,
        },
    )


_CHANGE = (
    update(gift_combos)
    .where(_c.id == bindparam("id_is"))
    .values(
        {
            "count": bindparam("new_count"),
            "amount": bindparam("new_amount"),
            "last_at_ms": bindparam("new_last"),
            "due_at_ms": bindparam("new_due"),
            "closed_at_ms": bindparam("new_closed"),
            "settlement_id": bindparam("new_settlement"),
        }
    )
)
_DUE = (
    select(_c.id, _c.room)
    .where(_c.closed_at_ms.is_(None), _c.due_at_ms <= bindparam("now"))
    .order_by(_c.due_at_ms)
    .limit(bindparam("most"))
)
_NEXT = select(func.min(_c.due_at_ms)).where(_c.closed_at_ms.is_(None))
