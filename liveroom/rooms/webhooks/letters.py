"""Deliveries as operators see them: listed, read, and sent again.

Promise: sending again keeps the id of the event, so a receiver that has it already drops it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Update, bindparam, select, update

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.tables import webhook_deliveries
from liveroom.rooms.webhooks.deliveries import Delivery, DeliveryState, read_delivery

RESEND_MOST = 1_000
"""Dead ones put back by one transaction."""


class Letters:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, endpoint: str, state: DeliveryState, after: int, limit: int) -> Sequence[Delivery]:
        """Deliveries of an endpoint in a state, the oldest first, after a number."""
        values = {"endpoint_is": endpoint, "state_is": state.value, "after": after, "most": limit}
        async with self._database.read() as connection:
            return [read_delivery(row) for row in await connection.execute(_LIST, values)]

    async def find(self, endpoint: str, event: str) -> Delivery:
        """One of them.

        Raises:
            Refusal: `not_found`.
        """
        async with self._database.read() as connection:
            row = (await connection.execute(_FIND, {"endpoint_is": endpoint, "event_is": event})).one_or_none()
        if row is None:
            text = "this webhook has no such delivery, or it is so old that it was deleted"
            raise Refusal(ErrorCode.NOT_FOUND, text, id=event)
        return read_delivery(row)

    async def resend(self, endpoint: str, event: str, now_ms: int) -> Delivery:
        """Send one again, whatever became of it; one that waits is tried now.

        Raises:
            Refusal: `not_found`.
        """
        async with self._database.write() as connection:
            await connection.execute(_RESEND, {"endpoint_is": endpoint, "event_is": event, "now": now_ms})
        return await self.find(endpoint, event)

    async def resend_dead(self, endpoint: str, now_ms: int) -> int:
        """Send the oldest dead ones again, at most `RESEND_MOST`; gives how many there were."""
        async with self._database.write() as connection:
            return (await connection.execute(_RESEND_DEAD, {"endpoint_is": endpoint, "now": now_ms})).rowcount


def _put_back() -> Update:
    return update(webhook_deliveries).values(
        state=DeliveryState.PENDING.value, attempts=0, next_at_ms=bindparam("now"), settled_at_ms=None
    )


_d = webhook_deliveries.c
_here = _d.endpoint == bindparam("endpoint_is")
_this = _here & (_d.event == bindparam("event_is"))
_LIST = (
    select(webhook_deliveries)
    .where(_here, _d.state == bindparam("state_is"), _d.number > bindparam("after"))
    .order_by(_d.number)
    .limit(bindparam("most"))
)
_FIND = select(webhook_deliveries).where(_this)
_RESEND = _put_back().where(_this)
_dead = (
    select(_d.number).where(_here, _d.state == DeliveryState.DEAD.value).order_by(_d.number).limit(RESEND_MOST)
).scalar_subquery()
_RESEND_DEAD = _put_back().where(_d.number.in_(_dead))
