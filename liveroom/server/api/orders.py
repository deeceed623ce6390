"""Orders over HTTP: recorded by the shop's server, listed for the host's staff."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Body, Query
from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.messages.money import Amount, Currency
from liveroom.rooms.messages.order import OrderId, OrderItem, OrderStatus, RecordOrder
from liveroom.rooms.messages.people import Name, UserId
from liveroom.rooms.rules.orders import Order
from liveroom.rooms.storage.orders import Before
from liveroom.rooms.value.orders.recording import sales_scope
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, Operator, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals

router = APIRouter(prefix="/api/v1/rooms/{room}/orders", tags=["orders"], dependencies=DOCUMENTED)

PAGE = r"^[0-9]{1,16}:[A-Za-z0-9_.:-]{1,64}$"
EXAMPLE = {
    "order_id": "T-1001",
    "user_id": "u1",
    "name": "小雨",
    "items": [{"product": "dress-7", "title": "碎花裙", "count": 1, "amount": 12900}],
    "amount": 12900,
    "currency": "CNY",
    "source": "live",
}
Told = Annotated[RecordOrder, Body(examples=[EXAMPLE])]


class RecordedOrder(Model):
    """What became of an order."""

    duplicate: Annotated[bool, Field(description="it had been recorded like this before")] = False
    order_id: OrderId
    status: OrderStatus
    show_id: Annotated[str | None, Field(description="the show it counts for; null: none ran")] = None


class OrderView(Model):
    """An order as staff see it."""

    order_id: OrderId
    show_id: str | None
    user_id: UserId
    name: Name | None
    items: list[OrderItem]
    amount: Amount
    currency: Currency
    status: OrderStatus
    grant: str | None
    source: str | None
    campaign: str | None
    paid_at: Annotated[int, Field(description="epoch ms, UTC")]
    refunded_at: Annotated[int | None, Field(description="epoch ms, UTC")]


class Sales(Model):
    """What a show has sold, refunds taken off."""

    orders: int
    pieces: int
    amount: int
    currency: Currency


class OrderPage(Model):
    """Some orders; `next` is the `before` of the next page."""

    orders: list[OrderView]
    sales: Annotated[Sales | None, Field(description="of the show that was asked for")] = None
    next: str | None = None


@router.post("", responses=refusals(404, 409, *WITH_BODY))
async def record_order(room: RoomName, told: Told, node: NodeOf, _: Operator) -> RecordedOrder:
    """Record that an order was paid, or refunded. The same order and status is recorded once."""
    opened = await node.rooms.room(room)
    answer = await node.value.gifts.recorder.record(opened, told)
    recorded = orjson.loads(answer.data)
    return RecordedOrder(
        duplicate=answer.duplicate,
        order_id=recorded["order_id"],
        status=OrderStatus(recorded["status"]),
        show_id=recorded["show_id"],
    )


@router.get("", responses=refusals(404))
async def list_orders(
    room: RoomName,
    node: NodeOf,
    caller: Caller,
    show: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="of this show alone")] = None,
    before: Annotated[str | None, Query(pattern=PAGE, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OrderPage:
    """Orders of a room, the newest first; for its staff."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    if caller.role_in(room) not in STAFF:
        raise RealtimeError(ErrorCode.FORBIDDEN, "orders are for the host and moderators of the room", room=room)
    gifts = node.value.gifts
    found = await gifts.orders.page(room, show, limit, _read(before))
    sales = None
    if show is not None:
        sums = await gifts.orders.sums(sales_scope(room, show))
        counted = {name: sums.get(name, 0) for name in ("orders", "pieces", "amount")}
        sales = Sales(**counted, currency=gifts.recorder.currency)
    page_end = f"{found[-1].paid_at_ms}:{found[-1].id}" if len(found) == limit else None
    return OrderPage(orders=[_view(order) for order in found], sales=sales, next=page_end)


def _read(before: str | None) -> Before | None:
    if before is None:
        return None
    paid_at_ms, _, order_id = before.partition(":")
    return Before(int(paid_at_ms), order_id)


def _view(order: Order) -> OrderView:
    return OrderView(
        order_id=order.id,
        show_id=order.show or None,
        user_id=order.user_id,
        name=order.name,
        items=list(order.items),
        amount=order.amount,
        currency=order.currency,
        status=order.status,
        grant=order.grant,
        source=order.source,
        campaign=order.campaign,
        paid_at=order.paid_at_ms,
        refunded_at=order.refunded_at_ms,
    )
