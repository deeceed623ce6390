"""One round with one endpoint: tries what is due, rooms side by side, the events of a room one after the other.

Promise: events of one room are first tried in their order; one that fails is put off and does not hold up the next.
A round begins nothing new after `ROUND_S`, so that its results are soon written, and never has more than
`ROOMS_AT_ONCE` tries under way.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from liveroom.realtime.clock import Clock
from liveroom.rooms.webhooks.attempts import Attempt, Outcome
from liveroom.rooms.webhooks.deliveries import Delivery, Settlement
from liveroom.rooms.webhooks.post import Line
from liveroom.rooms.webhooks.schedule import Schedule, bound_retry_after
from liveroom.rooms.webhooks.telemetry import WebhookTelemetry

ROUND_S = 2.0
ROOMS_AT_ONCE = 4


class Round:
    """See the module.

    Args:
        line: open, to the endpoint.
    """

    def __init__(self, line: Line, schedule: Schedule, clock: Clock, telemetry: WebhookTelemetry) -> None:
        self.settlements: list[Settlement] = []
        self.rest_until_ms = 0
        self._line = line
        self._schedule = schedule
        self._clock = clock
        self._telemetry = telemetry
        self._slots = asyncio.Semaphore(ROOMS_AT_ONCE)
        self._until_s = clock.monotonic_s() + ROUND_S
        self._is_over = False

    def end(self) -> None:
        """Begin nothing more."""
        self._is_over = True

    async def run(self, due: Sequence[Delivery]) -> None:
        """Try deliveries; what became of them is in `settlements`, those that are missing there were not tried."""
        rooms: defaultdict[str, list[Delivery]] = defaultdict(list)
        for delivery in due:
            rooms[delivery.room].append(delivery)
        async with asyncio.TaskGroup() as tasks:
            for deliveries in rooms.values():
                tasks.create_task(self._run_room(deliveries))

    async def _run_room(self, deliveries: Sequence[Delivery]) -> None:
        async with self._slots:
            for delivery in deliveries:
                if self._is_over or self._clock.monotonic_s() >= self._until_s:
                    return
                started_s = self._clock.monotonic_s()
                attempt = await self._line.post(delivery)
                self._telemetry.webhook_tried(attempt.outcome.value, self._clock.monotonic_s() - started_s)
                self._settle(delivery, attempt)

    def _settle(self, delivery: Delivery, attempt: Attempt) -> None:
        now_ms = self._clock.now_ms()
        if attempt.outcome in (Outcome.DELIVERED, Outcome.GONE):
            self._is_over |= attempt.outcome is Outcome.GONE
            self.settlements.append(Settlement(delivery, attempt, now_ms))
            return
        pause_ms = self._schedule.find_pause_ms(delivery.attempts + 1, attempt.retry_after_ms)
        next_at_ms = None if pause_ms is None else now_ms + pause_ms
        self.settlements.append(Settlement(delivery, attempt, now_ms, next_at_ms))
        if attempt.retry_after_ms:
            # It speaks for the receiver as a whole: the others would meet the same answer.
            self.rest_until_ms = now_ms + bound_retry_after(attempt.retry_after_ms)
            self._is_over = True
