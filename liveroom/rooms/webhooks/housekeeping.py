"""What has to be done with deliveries from time to time: count them, give up those of disabled endpoints, delete.

Promise: a round is done in bounded slices, so it never holds up writers for long; what it cannot do now it does later.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, exists, select, update

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.tables import webhook_deliveries, webhook_endpoints
from liveroom.rooms.webhooks.attempts import Outcome
from liveroom.rooms.webhooks.deliveries import PENDING, DeliveryState
from liveroom.rooms.webhooks.endpoint import EndpointState
from liveroom.rooms.webhooks.tallies import Tallies
from liveroom.rooms.webhooks.telemetry import WebhookTelemetry

logger = logging.getLogger(__name__)

ROUND_S = 30.0
SLICE = 1_000
SLICES = 50
LAST_MS = 60_000
"""So long after an endpoint was deleted a fan-out that still knew it may have kept something for it."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How long deliveries are kept after they were settled."""

    delivered_s: int = 86_400
    dead_s: int = 30 * 86_400


class Housekeeping:
    """See the module."""

    def __init__(
        self, database: Database, tallies: Tallies, clock: Clock, telemetry: WebhookTelemetry, keep: Keep
    ) -> None:
        self._database = database
        self._tallies = tallies
        self._clock = clock
        self._telemetry = telemetry
        self._keep = keep
        self._timer: TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Begin; the first round is not at once."""
        self._timer = self._clock.call_later(ROUND_S, self._begin)

    async def stop(self) -> None:
        """End, with the slice that is under way."""
        self._is_stopping = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            await self._task

    async def run_once(self) -> None:
        """One round."""
        try:
            await self._in_slices(self._give_up)
            await self._in_slices(self._clear)
            await self._in_slices(lambda: self._forget(DeliveryState.DELIVERED, self._keep.delivered_s))
            await self._in_slices(lambda: self._forget(DeliveryState.DEAD, self._keep.dead_s))
            await self._count()
        except RealtimeError as error:
            logger.warning("webhook deliveries were not tidied up: %s", error.message)
        except Exception:
            logger.exception("webhook deliveries were not tidied up")

    def _begin(self) -> None:
        self._task = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            await self.run_once()
        finally:
            # Only now, so that one round is never under way beside the next, and `stop` waits for the only one.
            if not self._is_stopping:
                self.start()

    async def _in_slices(self, work: Callable[[], Awaitable[int]]) -> None:
        for _ in range(SLICES):
            if self._is_stopping or await work() < SLICE:
                return

    async def _give_up(self) -> int:
        """Of disabled endpoints nothing waits: it is dead, can be read, and can be sent again."""
        async with self._database.write() as connection:
            return (await connection.execute(_GIVE_UP, {"now": self._clock.now_ms()})).rowcount

    async def _clear(self) -> int:
        """Of deleted endpoints nothing stays; the last slice takes the endpoint itself."""
        async with self._database.write() as connection:
            cleared = (await connection.execute(_CLEAR)).rowcount
            if cleared < SLICE:
                await connection.execute(_REMOVE, {"before": self._clock.now_ms() - LAST_MS})
        return cleared

    async def _forget(self, state: DeliveryState, keep_s: int) -> int:
        values = {"state_is": state.value, "before": self._clock.now_ms() - keep_s * 1000}
        async with self._database.write() as connection:
            return (await connection.execute(_FORGET, values)).rowcount

    async def _count(self) -> None:
        tallies = await self._tallies.count()
        oldest_at_ms = min((each.oldest_at_ms for each in tallies if each.oldest_at_ms is not None), default=None)
        self._telemetry.webhooks_counted(
            sum(each.pending for each in tallies),
            sum(each.dead for each in tallies),
            0.0 if oldest_at_ms is None else max(0, self._clock.now_ms() - oldest_at_ms) / 1000,
        )


_d = webhook_deliveries.c
_e = webhook_endpoints.c
_disabled = select(_e.id).where(_e.state == EndpointState.DISABLED.value)
_deleted = select(_e.id).where(_e.state == EndpointState.DELETED.value)
_GIVE_UP = (
    update(webhook_deliveries)
    .where(_d.number.in_(select(_d.number).where(_d.endpoint.in_(_disabled), _d.state == PENDING).limit(SLICE)))
    .values(
        state=DeliveryState.DEAD.value,
        settled_at_ms=bindparam("now"),
        last_status=None,
        last_outcome=Outcome.DISABLED.value,
    )
)
_CLEAR = delete(webhook_deliveries).where(
    _d.number.in_(select(_d.number).where(_d.endpoint.in_(_deleted)).limit(SLICE))
)
_REMOVE = delete(webhook_endpoints).where(
    _e.state == EndpointState.DELETED.value,
    _e.updated_at_ms < bindparam("before"),
    ~exists().where(_d.endpoint == _e.id),
)
_FORGET = delete(webhook_deliveries).where(
    _d.number.in_(
        select(_d.number).where(_d.state == bindparam("state_is"), _d.settled_at_ms < bindparam("before")).limit(SLICE)
    )
)
