"""The table of granted coupons: reading and writing rows, many in one statement.

Promise: a row is only changed by whoever holds the scope of its campaign.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.messages.coupon import GrantStatus
from liveroom.rooms.rules.grants import GrantState
from liveroom.rooms.storage.bulk import BulkInsert
from liveroom.rooms.storage.coupon_tables import coupon_grants
from liveroom.rooms.storage.portable import DialectName, among, among_pairs, pairs_parameter

Pair = tuple[str, str]
"""User and campaign."""

COLUMNS = (
    "id",
    "campaign",
    "drop_id",
    "room",
    "user_id",
    "amount",
    "currency",
    "status",
    "issued_at_ms",
    "expires_at_ms",
    "order_ref",
    "locked_until_ms",
    "settled_at_ms",
    "due_at_ms",
)
"""The order of the values in a row; what is read are all but the last, as in a `GrantState`."""


class GrantRows:
    """See the module."""

    def __init__(self, dialect: DialectName) -> None:
        self._dialect = dialect
        order = (_c.user_id, _c.campaign, _c.issued_at_ms, _c.id)
        self._held = _SELECT.where(among_pairs((_c.user_id, _c.campaign), "pairs", dialect)).order_by(*order)
        self._held_of_one = _SELECT.where(
            _c.campaign == bindparam("campaign_is"), among(_c.user_id, "users", dialect)
        ).order_by(*order)
        self._insert = BulkInsert(coupon_grants, COLUMNS, dialect)
        self._by_id = _SELECT.where(among(_c.id, "ids", dialect))

    async def held(self, connection: AsyncConnection, pairs: Collection[Pair]) -> dict[Pair, list[GrantState]]:
        """What each user has had of a campaign, oldest first; who has had nothing is absent."""
        held: dict[Pair, list[GrantState]] = {}
        campaigns = {campaign for _, campaign in pairs}
        if len(campaigns) == 1:  # as nearly always
            values = {"campaign_is": campaigns.pop(), "users": [user for user, _ in pairs]}
            rows = await connection.execute(self._held_of_one, values)
        else:
            rows = await connection.execute(self._held, pairs_parameter("pairs", pairs, self._dialect))
        for row in rows:
            grant = _read(row)
            held.setdefault((grant.user_id, grant.campaign), []).append(grant)
        return held

    async def load(self, connection: AsyncConnection, ids: Collection[str]) -> dict[str, GrantState]:
        """Grants by id; one that does not exist is absent."""
        rows = await connection.execute(self._by_id, {"ids": list(ids)})
        return {row.id: _read(row) for row in rows}

    async def add(self, connection: AsyncConnection, grants: Sequence[GrantState]) -> None:
        """Write new ones."""
        await self._insert.write(connection, [_write(grant) for grant in grants])

    async def change(self, connection: AsyncConnection, grants: Sequence[GrantState]) -> None:
        """Write what has changed about some."""
        await connection.execute(_CHANGE, [_change(grant) for grant in grants])

    async def list_campaign(
        self, connection: AsyncConnection, campaign: str, after: str, limit: int
    ) -> Sequence[GrantState]:
        """Those of a campaign in the order of their ids, after the id given."""
        values = {"first": max(after, f"{campaign}-"), "end": f"{campaign}.", "most": limit}
        return [_read(row) for row in await connection.execute(_OF_CAMPAIGN, values)]

    async def list_user(
        self, connection: AsyncConnection, user_id: str, room: str | None, after: str, limit: int
    ) -> Sequence[GrantState]:
        """Those of a user in the order of their ids, after the id given."""
        values: dict[str, Any] = {"user_is": user_id, "after": after, "most": limit}
        statement = _OF_USER if room is None else _OF_USER_IN_ROOM
        if room is not None:
            values["room_is"] = room
        return [_read(row) for row in await connection.execute(statement, values)]

    async def due(self, connection: AsyncConnection, until_ms: int, limit: int) -> Sequence[GrantState]:
        """Those with something that is due, the most overdue first."""
        return [_read(row) for row in await connection.execute(_DUE, {"until": until_ms, "most": limit})]

    async def holders(
        self, connection: AsyncConnection, campaign: str, after: str, limit: int
    ) -> Sequence[tuple[str, str, str]]:
        """Id, drop and user of grants of a campaign, those given back too, in the order of their ids."""
        values = {"first": max(after, f"{campaign}-"), "end": f"{campaign}.", "most": limit}
        return [(row.id, row.drop_id, row.user_id) for row in await connection.execute(_HOLDERS, values)]


def _read(row: Any) -> GrantState:
    """By place and not by name: there are thousands a second while holders tap again."""
    id_, campaign, drop, room, user, amount, currency, status, *rest = row
    return GrantState(id_, campaign, drop, room, user, amount, currency, GrantStatus(status), *rest)


def _write(grant: GrantState) -> tuple[object, ...]:
    """In the order of `COLUMNS`."""
    return (
        grant.id,
        grant.campaign,
        grant.drop,
        grant.room,
        grant.user_id,
        grant.amount,
        grant.currency,
        grant.status.value,
        grant.issued_at_ms,
        grant.expires_at_ms,
        grant.order,
        grant.locked_until_ms,
        grant.settled_at_ms,
        grant.due_at_ms,
    )


def _change(grant: GrantState) -> dict[str, object]:
    return {
        "id_is": grant.id,
        "new_status": grant.status.value,
        "new_order": grant.order,
        "new_locked": grant.locked_until_ms,
        "new_settled": grant.settled_at_ms,
        "new_due": grant.due_at_ms,
    }


_c = coupon_grants.c
_SELECT: Select[Any] = select(*(_c[name] for name in COLUMNS[:-1]))
_CHANGE = (
    update(coupon_grants)
    .where(_c.id == bindparam("id_is"))
    .values(
        status=bindparam("new_status"),
        order_ref=bindparam("new_order"),
        locked_until_ms=bindparam("new_locked"),
        settled_at_ms=bindparam("new_settled"),
        due_at_ms=bindparam("new_due"),
    )
)
# An id is the campaign, "-" and more; "." is the next character, and the ids of campaigns have neither.
_in_campaign = (_c.id > bindparam("first")) & (_c.id < bindparam("end"))
_OF_CAMPAIGN = _SELECT.where(_in_campaign).order_by(_c.id).limit(bindparam("most"))
_HOLDERS = select(_c.id, _c.drop_id, _c.user_id).where(_in_campaign).order_by(_c.id).limit(bindparam("most"))
_OF_USER = (
    _SELECT.where(_c.user_id == bindparam("user_is"), _c.id > bindparam("after"))
    .order_by(_c.id)
    .limit(bindparam("most"))
)
_OF_USER_IN_ROOM = _OF_USER.where(_c.room == bindparam("room_is"))
_DUE = _SELECT.where(_c.due_at_ms <= bindparam("until")).order_by(_c.due_at_ms, _c.id).limit(bindparam("most"))
