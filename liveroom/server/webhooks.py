"""The webhooks of a node: the parts of `liveroom.rooms.webhooks`, put together from the settings.

Promise: after `start` deliveries are brought and tidied up; `stop` writes what became of those under way.
"""

from __future__ import annotations

import random
import secrets

from liveroom.realtime.clock import Clock
from liveroom.rooms.storage.database import Database
from liveroom.rooms.webhooks.addresses import AddressGuard
from liveroom.rooms.webhooks.courier import Courier
from liveroom.rooms.webhooks.deliveries import Deliveries
from liveroom.rooms.webhooks.endpoints import Endpoints
from liveroom.rooms.webhooks.fan_out import FanOut
from liveroom.rooms.webhooks.housekeeping import Housekeeping, Keep
from liveroom.rooms.webhooks.letters import Letters
from liveroom.rooms.webhooks.post import Poster
from liveroom.rooms.webhooks.schedule import Schedule
from liveroom.rooms.webhooks.tallies import Tallies
from liveroom.rooms.webhooks.telemetry import WebhookTelemetry
from liveroom.server.settings import Settings


class Webhooks:
    """See the module. `fan_out` sends the outbox lane `webhook_events.LANE`."""

    def __init__(self, settings: Settings, database: Database, clock: Clock, telemetry: WebhookTelemetry) -> None:
        deliveries = Deliveries(database)
        self.endpoints = Endpoints(database)
        self.letters = Letters(database)
        self.tallies = Tallies(database)
        self.guard = AddressGuard(settings.webhook_networks, allow_loopback=not settings.is_production)
        self.courier = Courier(
            self.endpoints,
            deliveries,
            Poster(self.guard, clock, settings.webhook_timeout_s),
            Schedule(settings.webhook_pauses_s, random.random),
            clock,
            telemetry,
            holder=f"{settings.node}-{secrets.token_hex(4)}",
        )
        self.fan_out = FanOut(self.endpoints, deliveries, self.tallies, self.courier.wake, clock, telemetry)
        keep = Keep(settings.webhook_delivered_keep_s, settings.webhook_dead_keep_s)
        self._housekeeping = Housekeeping(database, self.tallies, clock, telemetry, keep)

    async def start(self) -> None:
        """Begin; the database has to be ready."""
        await self.courier.start()
        self._housekeeping.start()

    async def stop(self) -> None:
        """End."""
        await self.courier.stop()
        await self._housekeeping.stop()
        self.guard.close()
