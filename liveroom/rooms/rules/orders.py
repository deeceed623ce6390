"""Orders of the shop (L26): what may follow what, and what the room is told.

Promise: an order counts once as paid and at most once as refunded, for all of it; the room never learns an amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.order import (
    LINE_CHARS,
    TITLE_CHARS,
    OrderItem,
    OrderLine,
    OrderRecorded,
    OrderStatus,
    RecordOrder,
)
from liveroom.rooms.messages.people import NAME_CHARS, Person
from liveroom.rooms.rules.lines import fit_line
from liveroom.rooms.rules.text import shorten
from liveroom.rooms.scene import OrderShown, OrderWords

NAME_SHOWN_CHARS = 20
PRODUCT_SHOWN_CHARS = 30

TABLE: Mapping[tuple[OrderStatus | None, OrderStatus], OrderStatus] = {
    (None, OrderStatus.PAID): OrderStatus.PAID,
    (OrderStatus.PAID, OrderStatus.REFUNDED): OrderStatus.REFUNDED,
}
"""What is known of an order and what the shop says now; None: nothing is known."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it is kept.

    Args:
        show: that ran when it was paid; empty: none.
        grant, source, campaign: what it is to be attributed to, in the shop's words.
    """

    id: str
    room: str
    show: str
    user_id: str
    name: str | None
    items: tuple[OrderItem, ...]
    amount: int
    currency: str
    status: OrderStatus
    grant: str | None
    source: str | None
    campaign: str | None
    paid_at_ms: int
    refunded_at_ms: int | None = None

    @property
    def pieces(self) -> int:
        """How many pieces are in it."""
        return sum(item.count for item in self.items)


def record(known: Order | None, told: RecordOrder, room: str, show: str, now_ms: int) -> Order:
    """The order after what the shop tells.

    Raises:
        Refusal: `not_found`, a refund of an order nobody knows; `wrong_state`; `invalid_field`, it is another order.
    """
    status = TABLE.get((known.status if known else None, told.status))
    if status is None:
        raise _refuse(known, told)
    if known is None:
        return Order(
            told.order_id,
            room,
            show,
            told.user_id,
            fit_line(told.name, NAME_CHARS) if told.name else None,
            tuple(
                item.model_copy(update={"title": fit_line(item.title, TITLE_CHARS) or item.product})
                for item in told.items
            ),
            told.amount,
            told.currency,
            status,
            told.grant,
            told.source,
            told.campaign,
            now_ms,
        )
    if known.room != room:
        raise Refusal(ErrorCode.NOT_FOUND, "the order belongs to another room", field="order_id")
    for field, same in (("user_id", known.user_id), ("amount", known.amount), ("currency", known.currency)):
        if getattr(told, field) != same:
            text = f"the order was paid with another `{field}`; a refund is for the whole order"
            raise Refusal(ErrorCode.INVALID_FIELD, text, field=field)
    return replace(known, status=status, refunded_at_ms=max(now_ms, known.paid_at_ms))


def tell(order: Order, words: OrderWords) -> OrderRecorded | None:
    """What the room hears of an order that was paid; None where its scene hides orders."""
    if words.show is OrderShown.HIDDEN:
        return None
    named = words.show is OrderShown.NAME and order.name
    form = words.text if named else words.anonymous
    first = order.items[0]
    filled = {
        "name": shorten(order.name, NAME_SHOWN_CHARS) if named and order.name else "",
        "product": shorten(first.title, PRODUCT_SHOWN_CHARS),
    }
    line = {lang: shorten(form[lang].format(**filled), LINE_CHARS) for lang in ("zh", "en")}
    return OrderRecorded(
        text=OrderLine(**line),
        by=Person(id=order.user_id, name=order.name) if named and order.name else None,
        product=first.product,
        count=order.pieces,
    )


def _refuse(known: Order | None, told: RecordOrder) -> Refusal:
    if known is None:
        return Refusal(ErrorCode.NOT_FOUND, "no such order was paid here; record it as paid first", field="order_id")
    text = f"the order is {known.status.value} and cannot be {told.status.value} again"
    return Refusal(ErrorCode.WRONG_STATE, text, state=known.status.value)
