"""Deliveries on their way: one row for each event and endpoint, from the fan-out to the last try.

Promise: an event is kept once for an endpoint, however often its outbox row is sent; a result counts only for the
try it belongs to, so a process that was late changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnClause, bindparam, func, literal_column, select, update

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import insert_into
from liveroom.rooms.storage.tables import webhook_deliveries, webhook_endpoints
from liveroom.rooms.webhooks.attempts import Attempt, Outcome
from liveroom.rooms.webhooks.endpoint import Endpoint, EndpointState

logger = logging.getLogger(__name__)

RECEIVER = "receiver"
"""Who has disabled an endpoint that answered 410."""


class DeliveryState(StrEnum):
    """Where a delivery is; a dead one is tried again only when somebody asks for it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


PENDING: ColumnClause[str] = literal_column("'pending'")
"""Written into the statement: a parameter would keep databases from the index over what is pending."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for an endpoint.

    Args:
        number: orders deliveries; 0 until it is kept.
        event: id of the event, and `webhook-id` of every try.
        next_at_ms: not to be tried before; 0: it was never tried.
        settled_at_ms: when it was delivered or given up.
        last_status, last_outcome: of the last try.
    """

    number: int
    endpoint: str
    event: str
    room: str
    type: str
    body: bytes
    state: DeliveryState
    attempts: int
    created_at_ms: int
    next_at_ms: int
    settled_at_ms: int | None = None
    last_status: int | None = None
    last_outcome: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a try.

    Args:
        next_at_ms: when it is tried again; None: not any more.
    """

    delivery: Delivery
    attempt: Attempt
    now_ms: int
    next_at_ms: int | None = None

    @property
    def state(self) -> DeliveryState:
        """Where the delivery is now."""
        if self.attempt.outcome is Outcome.DELIVERED:
            return DeliveryState.DELIVERED
        return DeliveryState.DEAD if self.next_at_ms is None else DeliveryState.PENDING


class Deliveries:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._add = insert_into(webhook_deliveries, database.dialect).on_conflict_do_nothing()

    async def add(self, deliveries: Sequence[Delivery], missed: Mapping[str, int]) -> None:
        """Keep new deliveries; those that are there already stay as they are.

        Args:
            missed: by endpoint, events that are not among them since too many are undelivered.
        """
        async with self._database.write() as connection:
            if deliveries:
                await connection.execute(self._add, [_write(each) for each in deliveries])
            if missed:
                counts = [{"id_is": endpoint, "more": count} for endpoint, count in sorted(missed.items())]
                await connection.execute(_MISS, counts)

    async def load_due(self, endpoint: str, now_ms: int, limit: int) -> Sequence[Delivery]:
        """What is to be tried now: new ones in their order, then those whose pause is over.

        Where there are more, each room gets as many as the others, so that a busy one holds up none of them.
        """
        async with self._database.read() as connection:
            rows = await connection.execute(_DUE, {"endpoint_is": endpoint, "now": now_ms, "most": limit})
            return [read_delivery(row) for row in rows]

    async def settle(self, endpoint: Endpoint, settlements: Sequence[Settlement]) -> None:
        """Write the results of tries; an answer 410 disables the endpoint, unless its URL was changed meanwhile."""
        if not settlements:
            return
        async with self._database.write() as connection:
            await connection.execute(_SETTLE, [_settled(each) for each in settlements])
            if any(each.attempt.outcome is Outcome.GONE for each in settlements):
                await connection.execute(_DISABLE, {"id_is": endpoint.id, "url_is": endpoint.url})
                logger.warning("webhook %s is disabled: its receiver answered 410", endpoint.id)


def read_delivery(row: Any) -> Delivery:
    """A row of the table."""
    values = row._asdict()
    return Delivery(**values | {"state": DeliveryState(row.state)})


def _write(delivery: Delivery) -> dict[str, object]:
    return {
        "endpoint": delivery.endpoint,
        "event": delivery.event,
        "room": delivery.room,
        "type": delivery.type,
        "body": delivery.body,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "created_at_ms": delivery.created_at_ms,
        "next_at_ms": delivery.next_at_ms,
    }


def _settled(settlement: Settlement) -> dict[str, object]:
    state = settlement.state
    return {
        "number_is": settlement.delivery.number,
        "attempts_were": settlement.delivery.attempts,
        "new_state": state.value,
        "new_attempts": settlement.delivery.attempts + 1,
        "new_next": settlement.next_at_ms or 0,
        "new_settled": None if state is DeliveryState.PENDING else settlement.now_ms,
        "new_status": settlement.attempt.status,
        "new_outcome": settlement.attempt.outcome.value,
    }


_d = webhook_deliveries.c
_e = webhook_endpoints.c
_MISS = update(webhook_endpoints).where(_e.id == bindparam("id_is")).values(missed=_e.missed + bindparam("more"))
# The first of each room, then the second of each, and so on: a room with many leaves places to the others.
_place = func.row_number().over(partition_by=_d.room, order_by=(_d.next_at_ms, _d.number))
_placed = (
    select(_d.number, _d.next_at_ms, _place.label("place"))
    .where(
        _d.endpoint == bindparam("endpoint_is"),
        _d.state == PENDING,
        _d.next_at_ms <= bindparam("now"),
    )
    .subquery()
)
_chosen = (
    select(_placed.c.number)
    .order_by(_placed.c.place, _placed.c.next_at_ms, _placed.c.number)
    .limit(bindparam("most"))
    .subquery()
)
_DUE = select(webhook_deliveries).join(_chosen, _d.number == _chosen.c.number).order_by(_d.next_at_ms, _d.number)
_SETTLE = (
    update(webhook_deliveries)
    .where(
        _d.number == bindparam("number_is"),
        _d.state == PENDING,
        _d.attempts == bindparam("attempts_were"),
    )
    .values(
        state=bindparam("new_state"),
        attempts=bindparam("new_attempts"),
        next_at_ms=bindparam("new_next"),
        settled_at_ms=bindparam("new_settled"),
        last_status=bindparam("new_status"),
        last_outcome=bindparam("new_outcome"),
    )
)
_DISABLE = (
    update(webhook_endpoints)
    .where(
        _e.id == bindparam("id_is"),
        _e.url == bindparam("url_is"),
        _e.state == EndpointState.ACTIVE.value,
    )
    .values(state=EndpointState.DISABLED.value, disabled_by=RECEIVER)
)
