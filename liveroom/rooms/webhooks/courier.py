"""Brings deliveries to their endpoints: at once after the fan-out, and by a sweep when a pause is over.

Promise: each endpoint has a task of its own, so one that hangs holds up nobody else; of several processes one at a
time sends to an endpoint (`Endpoints.hold`). A process that dies loses nothing: when its lease is over, others go on,
and what was sent and not written down is sent again under the same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.database import TRANSACTION_S
from liveroom.rooms.webhooks.addresses import RESOLVE_S
from liveroom.rooms.webhooks.deliveries import Deliveries, Delivery
from liveroom.rooms.webhooks.endpoint import Endpoint
from liveroom.rooms.webhooks.endpoints import Endpoints
from liveroom.rooms.webhooks.post import Poster
from liveroom.rooms.webhooks.round import ROUND_S, Round
from liveroom.rooms.webhooks.schedule import Schedule
from liveroom.rooms.webhooks.telemetry import WebhookTelemetry

logger = logging.getLogger(__name__)

SWEEP_S = 2.0
SPARE_S = 3.0
BATCH = 64
"""Tried in one round; so many may be sent twice when the process dies."""
STOP_S = 3.0


class Courier:
    """See the module.

    Args:
        holder: name of this process, never used before.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        deliveries: Deliveries,
        poster: Poster,
        schedule: Schedule,
        clock: Clock,
        telemetry: WebhookTelemetry,
        holder: str,
    ) -> None:
        self._endpoints = endpoints
        self._deliveries = deliveries
        self._poster = poster
        self._schedule = schedule
        self._clock = clock
        self._telemetry = telemetry
        self._holder = holder
        # Longer than a round can last: its own time, one look-up, one try and two transactions, and some more.
        self._lease_ms = round((ROUND_S + RESOLVE_S + poster.timeout_s + 2 * TRANSACTION_S + SPARE_S) * 1000)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._wanted: set[str] = set()
        self._rounds: set[Round] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._timer: TimerHandle | None = None
        self._is_running = False

    async def start(self) -> None:
        """Begin; with what was left by a process that ended first."""
        self._is_running = True
        await self._sweep()

    async def stop(self) -> None:
        """End: tries under way get `STOP_S`, what they came to is written."""
        self._is_running = False
        if self._timer is not None:
            self._timer.cancel()
        if self._sweeper is not None:
            await self._sweeper
        for each in self._rounds:
            each.end()
        tasks = list(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def wake(self, endpoint_ids: Collection[str]) -> None:
        """These have something to be sent now."""
        if not self._is_running:
            return
        for each in endpoint_ids:
            if each in self._tasks:
                self._wanted.add(each)
            else:
                self._tasks[each] = asyncio.ensure_future(self._serve(each))

    async def _serve(self, endpoint_id: str) -> None:
        """Send to one endpoint until nothing is due."""
        try:
            while self._is_running and await self._go_round(endpoint_id):
                pass
        except RealtimeError as error:
            logger.warning("webhook %s waits for the sweep: %s", endpoint_id, error.message)
        except Exception:
            logger.exception("sending to webhook %s failed", endpoint_id)
        finally:
            del self._tasks[endpoint_id]
            self._wanted.discard(endpoint_id)

    async def _go_round(self, endpoint_id: str) -> bool:
        """One round; whether there may be more to do."""
        self._wanted.discard(endpoint_id)
        now_ms = self._clock.now_ms()
        endpoint = await self._endpoints.hold(endpoint_id, self._holder, now_ms, now_ms + self._lease_ms)
        if endpoint is None:
            return False
        due = await self._deliveries.load_due(endpoint_id, now_ms, BATCH)
        rest_until_ms = await self._send(endpoint, due) if due else 0
        if due and self._is_running and not rest_until_ms:
            return True
        await self._endpoints.release(endpoint_id, self._holder, rest_until_ms)
        return endpoint_id in self._wanted

    async def _send(self, endpoint: Endpoint, due: Collection[Delivery]) -> int:
        """Try what is due; gives until when the receiver wants to be left alone (epoch ms), or 0."""
        async with self._poster.open(endpoint) as line:
            current = Round(line, self._schedule, self._clock, self._telemetry)
            self._rounds.add(current)
            try:
                await current.run(list(due))
            finally:
                self._rounds.discard(current)
                await self._deliveries.settle(endpoint, current.settlements)
        return current.rest_until_ms

    async def _sweep(self) -> None:
        try:
            self.wake(await self._endpoints.find_due(self._holder, self._clock.now_ms()))
        except RealtimeError as error:
            logger.warning("webhooks were not looked through: %s", error.message)
        except Exception:
            logger.exception("webhooks were not looked through")
        if self._is_running:
            self._timer = self._clock.call_later(SWEEP_S, self._begin_sweep)

    def _begin_sweep(self) -> None:
        self._sweeper = asyncio.ensure_future(self._sweep())
