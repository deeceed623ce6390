"""Everything a process has for webhooks, around a database and a clock that a test turns."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence

from liveroom.realtime.clock import Clock
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.outbox import Message, Outbox
from liveroom.rooms.storage.relay import Relay
from liveroom.rooms.webhook_events import LANE, webhook_message
from liveroom.rooms.webhooks.addresses import AddressGuard
from liveroom.rooms.webhooks.courier import Courier
from liveroom.rooms.webhooks.deliveries import Deliveries, Delivery, DeliveryState
from liveroom.rooms.webhooks.endpoint import Endpoint, make_endpoint
from liveroom.rooms.webhooks.endpoints import Endpoints
from liveroom.rooms.webhooks.fan_out import FanOut
from liveroom.rooms.webhooks.housekeeping import Housekeeping, Keep
from liveroom.rooms.webhooks.letters import Letters
from liveroom.rooms.webhooks.post import Poster
from liveroom.rooms.webhooks.schedule import Schedule
from liveroom.rooms.webhooks.tallies import Tallies
from tests.support.clock import FakeClock

TIMEOUT_S = 30.0
"""Of a try, in real time: so long that a machine which stands still for a while makes no try fail."""
HASTY_S = 0.4
"""For receivers that are meant to be too slow."""
PAUSES_S = (5, 30, 120)
PATIENCE_S = 60
_names = itertools.count(1)


class Heard:
    """A listener that notes what it is told."""

    def __init__(self) -> None:
        self.outcomes: list[str] = []
        self.missed = 0
        self.counted: tuple[int, int, float] = (0, 0, 0.0)

    def webhook_tried(self, outcome: str, seconds: float) -> None:
        """See `WebhookTelemetry`."""
        self.outcomes.append(outcome)

    def webhooks_missed(self, count: int) -> None:
        """See `WebhookTelemetry`."""
        self.missed += count

    def webhooks_counted(self, pending: int, dead: int, oldest_s: float) -> None:
        """See `WebhookTelemetry`."""
        self.counted = (pending, dead, oldest_s)


class Office:
    """See the module.

    Args:
        most_undelivered: of one endpoint.
    """

    def __init__(self, database: Database, clock: Clock, *, most_undelivered: int = 10_000) -> None:
        name = f"p{next(_names)}"
        self.database = database
        self.clock = clock
        self.heard = Heard()
        self.endpoints = Endpoints(database)
        self.deliveries = Deliveries(database)
        self.letters = Letters(database)
        self.tallies = Tallies(database)
        self.guard = AddressGuard((), allow_loopback=True)
        self.poster = Poster(self.guard, clock, TIMEOUT_S)
        schedule = Schedule(PAUSES_S, lambda: 1.0)
        self.courier = Courier(self.endpoints, self.deliveries, self.poster, schedule, clock, self.heard, name)
        self.fan_out = FanOut(
            self.endpoints, self.deliveries, self.tallies, self.courier.wake, clock, self.heard, most_undelivered
        )
        self.housekeeping = Housekeeping(database, self.tallies, clock, self.heard, Keep(delivered_s=100, dead_s=200))
        self.outbox = Outbox(database, name)
        self.relay = Relay(self.outbox, {LANE: self.fan_out}, clock, lambda: 0.5)

    async def start(self) -> Office:
        """Begin to send."""
        await self.relay.start()
        await self.courier.start()
        return self

    async def stop(self) -> None:
        """End."""
        await self.relay.stop()
        await self.courier.stop()
        self.guard.close()

    async def register(self, url: str, *events: str, room: str | None = None) -> Endpoint:
        """A new endpoint."""
        endpoint = make_endpoint(url, room, frozenset(events), self.clock.now_ms())
        await self.endpoints.create(endpoint, "tests")
        return endpoint

    async def commit(self, *messages: Message) -> None:
        """Keep messages and hand them to the relay, as the transaction of a cause does."""
        async with self.database.write() as connection:
            written = await self.outbox.write(connection, messages, self.clock.now_ms())
        self.outbox.committed(written)

    async def tell(self, *numbers: int, room: str = "r1", type_: str = "coupon.granted") -> None:
        """Events with a number each, one transaction after the other."""
        for number in numbers:
            await self.commit(webhook_message(room, type_, {"number": number}))

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        async with asyncio.timeout(PATIENCE_S):
            await self.relay.drain()
            while tasks := list(self.courier._tasks.values()):
                await asyncio.wait(tasks)

    async def pass_time(self, clock: FakeClock, seconds: float) -> None:
        """Let time pass, with what falls due in it."""
        clock.advance(seconds * 1000)
        if self.courier._sweeper is not None:
            await self.courier._sweeper
        await self.settle()

    async def list(self, endpoint: Endpoint, state: DeliveryState) -> Sequence[Delivery]:
        """Its deliveries in a state."""
        return await self.letters.list(endpoint.id, state, 0, 1_000)
