"""The decider of orders: recorded once, counted, told to the room and by webhook in the same transaction.

Promise: what a person has spent in a room is the sum of the orders that are paid and not refunded; coupons ask for it
by `spent_scope`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.wire import encode_event
from liveroom.rooms.committed_events import room_message
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.messages.order import OrderStatus, RecordOrder
from liveroom.rooms.rules.orders import Order, record, tell
from liveroom.rooms.scene import OrderWords
from liveroom.rooms.storage.orders import load_orders, store_orders
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.rooms import KIND as ROOM
from liveroom.rooms.webhook_events import Event as WebhookEvent
from liveroom.rooms.webhook_events import webhook_batch

RECORD = "order.record"
TALKING = frozenset({"open", "live"})
"""States of a room in which it is told of orders."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the shop says, and how the room's scene speaks of orders."""

    order: RecordOrder
    words: OrderWords


class Entries(NamedTuple):
    """What is to be written."""

    paid: Sequence[Order]
    refunded: Sequence[Order]


def spent_scope(room: str) -> str:
    """The scope of the counters that say what each user has spent in a room; their names are user ids."""
    return f"spent:{room}"


def sales_scope(room: str, show: str) -> str:
    """The scope of what a show has sold: counters `orders`, `pieces` and `amount`; `show` empty: outside of shows."""
    return f"orders:{room}:{show}"


def sold_scope(room: str) -> str:
    """The scope of the counters that say how many pieces of each product were sold; their names are the products."""
    return f"sold:{room}"


def record_fact(room: str, told: Told, now_ms: int) -> Fact:
    """The wish to record an order. Its subject is the order; no user id has a space in it."""
    body = orjson.dumps(told.order.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    subject = f"order {told.order.order_id}"
    return Fact(RECORD, room, f"orders:{room}", subject, told.order.status.value, body, now_ms, told)


class RecordOrders(Decider):
    """See the module."""

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The rooms, since an order belongs to the show that runs; the order's own number is locked with them."""
        locks = frozenset((fact.subject, "") for fact in facts)
        return Needs(documents=frozenset((ROOM, fact.room) for fact in facts), counters=locks)

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Mapping[str, Order]:
        """The orders that are known."""
        return await load_orders(connection, {cast(Told, fact.context).order.order_id for fact in facts})

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """See `Decider.decide`."""
        batch = _Batch(loaded, now_ms)
        verdicts = [batch.rule(fact) for fact in facts]
        return Decision(verdicts, counters=batch.counters, messages=batch.messages(), own=batch.entries())

    async def store(self, connection: AsyncConnection, own: Entries) -> None:
        """Write the orders."""
        await store_orders(connection, own.paid, own.refunded)


class _Batch:
    """The orders of a batch, one after the other."""

    def __init__(self, loaded: Loaded, now_ms: int) -> None:
        self.counters: Counter[CounterKey] = Counter()
        self._known = dict(cast(Mapping[str, Order], loaded.own))
        self._before = frozenset(self._known)
        self._rooms = loaded.documents
        self._now_ms = now_ms
        self._changed: dict[str, Order] = {}
        self._events: dict[str, list[Event]] = {}
        self._webhooks: dict[str, list[WebhookEvent]] = {}

    def rule(self, fact: Fact) -> Verdict | Refusal:
        """One order."""
        told = cast(Told, fact.context)
        document = self._rooms.get((ROOM, fact.room))
        state = document.state if document is not None else {}
        show = state.get("show")
        known = self._known.get(told.order.order_id)
        try:
            order = record(known, told.order, fact.room, show["id"] if show else "", self._now_ms)
        except Refusal as refused:
            return refused
        self._known[order.id] = self._changed[order.id] = order
        self._count(order)
        self._webhooks.setdefault(order.room, []).append(("order.recorded", _describe(order)))
        recorded = tell(order, told.words) if order.status is OrderStatus.PAID else None
        if recorded is not None and state.get("status") in TALKING:
            event = Event("order.recorded", encode_event("order.recorded", self._now_ms, recorded))
            self._events.setdefault(fact.room, []).append(event)
        return Verdict(
            orjson.dumps({"order_id": order.id, "status": order.status.value, "show_id": order.show or None})
        )

    def messages(self) -> Sequence[Message]:
        """What is told."""
        told = [room_message(room, events) for room, events in self._events.items()]
        return [*told, *(webhook_batch(room, events) for room, events in self._webhooks.items())]

    def entries(self) -> Entries:
        """What is written: an order that is new is inserted as it is in the end."""
        changed = self._changed.values()
        return Entries(
            [order for order in changed if order.id not in self._before],
            [order for order in changed if order.id in self._before],
        )

    def _count(self, order: Order) -> None:
        sign = 1 if order.status is OrderStatus.PAID else -1
        sales = sales_scope(order.room, order.show)
        self.counters[(spent_scope(order.room), order.user_id)] += sign * order.amount
        self.counters[(sales, "orders")] += sign
        self.counters[(sales, "pieces")] += sign * order.pieces
        self.counters[(sales, "amount")] += sign * order.amount
        for item in order.items:
            self.counters[(sold_scope(order.room), item.product)] += sign * item.count


def _describe(order: Order) -> dict[str, object]:
    """The data of the webhook: everything the shop has said, and what it was counted for."""
    return {
        "order_id": order.id,
        "show_id": order.show or None,
        "user_id": order.user_id,
        "items": [item.model_dump() for item in order.items],
        "amount": order.amount,
        "currency": order.currency,
        "status": order.status.value,
        "grant": order.grant,
        "source": order.source,
        "campaign": order.campaign,
        "at": order.refunded_at_ms or order.paid_at_ms,
    }
