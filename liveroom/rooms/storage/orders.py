"""Orders of the shop as rows: written inside of the ledger's transaction, read page by page.

Promise: an order is found by its number in the shop; pages are by time, newest first, and go on where the one before
ended.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.messages.order import OrderItem, OrderStatus
from liveroom.rooms.rules.orders import Order
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.gift_tables import orders
from liveroom.rooms.storage.portable import DialectName, among, dialect_of
from liveroom.rooms.storage.tables import counters


class Before(NamedTuple):
    """The last order of the page before."""

    paid_at_ms: int
    id: str


async def load_orders(connection: AsyncConnection, ids: Collection[str]) -> Mapping[str, Order]:
    """Orders by their number."""
    rows = await connection.execute(_some(dialect_of(connection)), {"ids": sorted(ids)})
    return {row.id: _read(row) for row in rows}


async def store_orders(connection: AsyncConnection, paid: Sequence[Order], refunded: Sequence[Order]) -> None:
    """Write orders that are new, and those that are refunded now."""
    if paid:
        await connection.execute(orders.insert(), [_write(order) for order in paid])
    if refunded:
        values = [
            {"id_is": order.id, "new_status": order.status.value, "new_refunded": order.refunded_at_ms}
            for order in refunded
        ]
        await connection.execute(_REFUND, values)


class Orders:
    """The table, for reading."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, room: str, show: str | None, limit: int, before: Before | None = None) -> Sequence[Order]:
        """Orders of a room, or of one of its shows, the newest first."""
        statement = _LIST
        values: dict[str, Any] = {"room_is": room, "most": limit}
        if show is not None:
            statement = statement.where(orders.c.show == bindparam("show_is"))
            values["show_is"] = show
        if before is not None:
            statement = statement.where(_earlier)
            values |= {"paid_was": before.paid_at_ms, "id_was": before.id}
        async with self._database.read() as connection:
            return [_read(row) for row in await connection.execute(statement, values)]

    async def sums(self, scope: str) -> Mapping[str, int]:
        """The counters of a scope by name: what a show came to."""
        async with self._database.read() as connection:
            rows = await connection.execute(_SUMS, {"scope_is": scope})
            return {row.name: row.value for row in rows}


def _read(row: Any) -> Order:
    values = dict(row._mapping)
    items = tuple(OrderItem(**item) for item in values["items"])
    return Order(**values | {"items": items, "status": OrderStatus(row.status)})


def _write(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "room": order.room,
        "show": order.show,
        "user_id": order.user_id,
        "name": order.name,
        "items": [item.model_dump() for item in order.items],
        "amount": order.amount,
        "currency": order.currency,
        "status": order.status.value,
        "grant": order.grant,
        "source": order.source,
        "campaign": order.campaign,
        "paid_at_ms": order.paid_at_ms,
        "refunded_at_ms": order.refunded_at_ms,
    }


_o = orders.c


@cache
def _some(dialect: DialectName) -> Any:
    """Those of the ids."""
    return select(orders).where(among(_o.id, "ids", dialect))


_REFUND = (
    update(orders)
    .where(_o.id == bindparam("id_is"))
    .values(status=bindparam("new_status"), refunded_at_ms=bindparam("new_refunded"))
)
_LIST = (
    select(orders)
    .where(_o.room == bindparam("room_is"))
    .order_by(_o.paid_at_ms.desc(), _o.id.desc())
    .limit(bindparam("most"))
)
_earlier = or_(
    _o.paid_at_ms < bindparam("paid_was"), and_(_o.paid_at_ms == bindparam("paid_was"), _o.id < bindparam("id_was"))
)
_SUMS = select(counters.c.name, counters.c.value).where(counters.c.scope == bindparam("scope_is"))
