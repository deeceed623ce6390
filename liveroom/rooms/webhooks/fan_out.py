"""Sends the outbox lane of webhooks: each event becomes one delivery for every endpoint that asked for it.

Promise: when it returns, the deliveries are kept, each once; from there on endpoints do not wait for each other. An
endpoint has at most `MOST_UNDELIVERED` deliveries that wait or are dead; of the events above it nothing is kept but
their number (`missed`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

import orjson

from liveroom.realtime.clock import Clock
from liveroom.rooms.storage.outbox import OutboxRow
from liveroom.rooms.webhooks.deliveries import Deliveries, Delivery, DeliveryState
from liveroom.rooms.webhooks.endpoint import Endpoint, EndpointState
from liveroom.rooms.webhooks.endpoints import Endpoints
from liveroom.rooms.webhooks.tallies import Tallies
from liveroom.rooms.webhooks.telemetry import WebhookTelemetry

logger = logging.getLogger(__name__)

MOST_UNDELIVERED = 50_000
"""Of one endpoint, about: they are counted every few seconds."""
COUNT_S = 5.0
SLICE = 2_000
"""Most deliveries of one transaction."""

Wake = Callable[[Collection[str]], None]


class FanOut:
    """See the module.

    Args:
        wake: told the ids of endpoints that have new deliveries.
        most_undelivered: of one endpoint.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        deliveries: Deliveries,
        tallies: Tallies,
        wake: Wake,
        clock: Clock,
        telemetry: WebhookTelemetry,
        most_undelivered: int = MOST_UNDELIVERED,
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._tallies = tallies
        self._wake = wake
        self._clock = clock
        self._telemetry = telemetry
        self._most_undelivered = most_undelivered
        self._undelivered: defaultdict[str, int] = defaultdict(int)
        self._count_again_s = 0.0

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Keep the deliveries of these rows.

        Raises:
            DatabaseUnavailable: perhaps only some are kept; sending the rows again keeps the others.
        """
        told = [each for each in await self._endpoints.list() if each.state is EndpointState.ACTIVE]
        told = [each for each in told if each.room is None or each.room == room]
        if not told:
            return
        if self._clock.monotonic_s() >= self._count_again_s:
            await self._count()
        made = chain.from_iterable(_make_deliveries(row, told) for row in rows)
        while part := list(islice(made, SLICE)):
            await self._keep(part)

    async def _count(self) -> None:
        tallies = await self._tallies.count()
        self._undelivered = defaultdict(int, {each.endpoint: each.pending + each.dead for each in tallies})
        self._count_again_s = self._clock.monotonic_s() + COUNT_S

    async def _keep(self, made: Sequence[Delivery]) -> None:
        kept: list[Delivery] = []
        missed: defaultdict[str, int] = defaultdict(int)
        for delivery in made:
            if self._undelivered[delivery.endpoint] < self._most_undelivered:
                self._undelivered[delivery.endpoint] += 1
                kept.append(delivery)
            else:
                missed[delivery.endpoint] += 1
        await self._deliveries.add(kept, missed)
        if missed:
            self._telemetry.webhooks_missed(sum(missed.values()))
            logger.warning("webhooks %s have too many undelivered events; new ones are not kept", ", ".join(missed))
        self._wake({each.endpoint for each in kept})


def _make_deliveries(row: OutboxRow, endpoints: Sequence[Endpoint]) -> Iterator[Delivery]:
    for index, (type_, data) in enumerate(orjson.loads(row.payload)):
        # The same however often the row is sent, and never that of another row (`OutboxRow`).
        event = f"evt_{row.created_at_ms:x}-{row.id:x}-{index:x}"
        wanting = [endpoint for endpoint in endpoints if endpoint.wants(type_)]
        body = _encode_body(event, type_, row, data) if wanting else b""
        for endpoint in wanting:
            yield Delivery(
                number=0,
                endpoint=endpoint.id,
                event=event,
                room=row.lane.room,
                type=type_,
                body=body,
                state=DeliveryState.PENDING,
                attempts=0,
                created_at_ms=row.created_at_ms,
                next_at_ms=0,
            )


def _encode_body(event: str, type_: str, row: OutboxRow, data: Any) -> bytes:
    """The form that Standard Webhooks recommends: `type`, `timestamp` (ISO 8601) and `data`."""
    at = datetime.fromtimestamp(row.created_at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    timestamp = at.replace("+00:00", "Z")
    return orjson.dumps({"id": event, "type": type_, "timestamp": timestamp, "room": row.lane.room, "data": data})
