"""The endpoints in the database, and which process sends to each of them.

Promise: at most one process holds an endpoint at a time, unless it stands still for longer than its lease; so events
are sent in their order, and seldom twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import and_, bindparam, case, exists, func, or_, select, update

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import lock_scopes
from liveroom.rooms.storage.tables import webhook_deliveries, webhook_endpoints
from liveroom.rooms.webhooks.deliveries import PENDING
from liveroom.rooms.webhooks.endpoint import Endpoint, EndpointState, read_secret, write_secrets
from liveroom.rooms.webhooks.schedule import RETRY_AFTER_MOST_MS

logger = logging.getLogger(__name__)

MOST_ENDPOINTS = 100
CHANGED = ("url", "room", "events", "secrets", "state", "disabled_by", "updated_at_ms")
"""Columns that people change; the others belong to those who send."""


class Endpoints:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, endpoint: Endpoint, who: str) -> None:
        """Keep a new endpoint.

        Args:
            who: id of the caller, for the log.

        Raises:
            Refusal: `overloaded`, there are `MOST_ENDPOINTS`.
        """
        async with self._database.write() as connection:
            await lock_scopes(connection, ["webhooks"], self._database.dialect)
            if (await connection.scalar(_COUNT) or 0) >= MOST_ENDPOINTS:
                raise Refusal(ErrorCode.OVERLOADED, f"there are {MOST_ENDPOINTS} webhooks; delete some first")
            await connection.execute(webhook_endpoints.insert(), _write(endpoint) | {"holder": "", "held_until_ms": 0})
        logger.info("webhook %s was created by %s", endpoint.id, who)

    async def list(self) -> Sequence[Endpoint]:
        """All that are not deleted, the oldest first."""
        async with self._database.read() as connection:
            return [_read(row) for row in await connection.execute(_LIST)]

    async def find(self, endpoint_id: str) -> Endpoint:
        """One of them.

        Raises:
            Refusal: `not_found`.
        """
        async with self._database.read() as connection:
            return _require(endpoint_id, (await connection.execute(_FIND, {"id_is": endpoint_id})).one_or_none())

    async def change(self, endpoint_id: str, rule: Callable[[Endpoint], Endpoint], now_ms: int, who: str) -> Endpoint:
        """Change an endpoint as it is now; a pause that its receiver had asked for is over then.

        Args:
            rule: gives it as it is to be.
            now_ms: epoch ms.
            who: id of the caller, for the log.

        Raises:
            Refusal: `not_found`, or what the rule raises.
        """
        async with self._database.write() as connection:
            row = (await connection.execute(_LOCK, {"id_is": endpoint_id})).one_or_none()
            changed = replace(rule(_require(endpoint_id, row)), updated_at_ms=now_ms)
            values = _write(changed)
            await connection.execute(_CHANGE, {"id_is": endpoint_id} | {column: values[column] for column in CHANGED})
        logger.info("webhook %s was changed by %s", endpoint_id, who)
        return changed

    async def find_due(self, holder: str, now_ms: int) -> Collection[str]:
        """Ids of active endpoints that have something to be sent now, and are free or held by `holder`."""
        async with self._database.read() as connection:
            rows = await connection.execute(_DUE, {"me": holder, "now": now_ms})
            return [row.id for row in rows]

    async def hold(self, endpoint_id: str, holder: str, now_ms: int, until_ms: int) -> Endpoint | None:
        """Take or keep an endpoint until `until_ms`; None when it is not active, or another process has it."""
        values = {"id_is": endpoint_id, "me": holder, "now": now_ms, "until": until_ms}
        async with self._database.write() as connection:
            row = (await connection.execute(_HOLD, values)).one_or_none()
        return None if row is None else _read(row)

    async def release(self, endpoint_id: str, holder: str, rest_until_ms: int = 0) -> None:
        """Leave an endpoint to whoever comes next, not before `rest_until_ms`."""
        async with self._database.write() as connection:
            await connection.execute(_RELEASE, {"id_is": endpoint_id, "me": holder, "rest": rest_until_ms})


def _require(endpoint_id: str, row: Any) -> Endpoint:
    if row is None:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no webhook of this id", id=endpoint_id)
    return _read(row)


def _read(row: Any) -> Endpoint:
    return Endpoint(
        id=row.id,
        url=row.url,
        room=row.room,
        events=frozenset(row.events),
        secrets=tuple(read_secret(each) for each in row.secrets),
        state=EndpointState(row.state),
        disabled_by=row.disabled_by,
        missed=row.missed,
        created_at_ms=row.created_at_ms,
        updated_at_ms=row.updated_at_ms,
    )


def _write(endpoint: Endpoint) -> dict[str, object]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "room": endpoint.room,
        "events": sorted(endpoint.events),
        "secrets": write_secrets(endpoint),
        "state": endpoint.state.value,
        "disabled_by": endpoint.disabled_by,
        "missed": endpoint.missed,
        "created_at_ms": endpoint.created_at_ms,
        "updated_at_ms": endpoint.updated_at_ms,
    }


_e = webhook_endpoints.c
_d = webhook_deliveries.c
_this = _e.id == bindparam("id_is")
_kept = _e.state != EndpointState.DELETED.value
_active = _e.state == EndpointState.ACTIVE.value
_free = or_(
    _e.held_until_ms <= bindparam("now"),
    _e.holder == bindparam("me"),
    # Longer than anybody may hold one: the clock was ahead when this was written.
    _e.held_until_ms > bindparam("now") + 2 * RETRY_AFTER_MOST_MS,
)
_COUNT = select(func.count()).select_from(webhook_endpoints).where(_kept)
_LIST = select(webhook_endpoints).where(_kept).order_by(_e.created_at_ms, _e.id)
_FIND = select(webhook_endpoints).where(_this, _kept)
_LOCK = _FIND.with_for_update()
# The other columns come with the parameters, under their names.
_CHANGE = (
    update(webhook_endpoints).where(_this).values(held_until_ms=case((_e.holder == "", 0), else_=_e.held_until_ms))
)
_waiting = exists().where(
    and_(_d.endpoint == _e.id, _d.state == PENDING, _d.next_at_ms <= bindparam("now")),
)
_DUE = select(_e.id).where(_active, _free, _waiting)
_HOLD = (
    update(webhook_endpoints)
    .where(_this, _active, _free)
    .values(holder=bindparam("me"), held_until_ms=bindparam("until"))
    .returning(webhook_endpoints)
)
_RELEASE = (
    update(webhook_endpoints)
    .where(_this, _e.holder == bindparam("me"))
    .values(holder="", held_until_ms=bindparam("rest"))
)
