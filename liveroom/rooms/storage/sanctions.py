"""Muted and shadowed users in the database.

Promise: a room keeps at most `MAX_SANCTIONS`; those that have run out make room for new ones. The rank of who imposed
what holds is asked in the transaction that would change it, so that no other node can come in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.sanctions import Kind, Sanction, may_lift
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.moderation_tables import sanctions
from liveroom.rooms.storage.outbox import Message, Outbox
from liveroom.rooms.storage.portable import lock_scopes, replace_in

MAX_SANCTIONS = 10_000


class SanctionRows:
    """See the module."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self._keep = replace_in(sanctions, database.dialect)

    async def load(self, room: str) -> Sequence[Sanction]:
        """All sanctions of a room, also those that have run out."""
        async with self._database.read() as connection:
            rows = await connection.execute(_OF_ROOM, {"room_is": room})
            return [_read(row) for row in rows]

    async def impose(self, room: str, sanction: Sanction, told: Sequence[Message]) -> None:
        """Keep a sanction with what is told of it; it replaces the one of the same kind.

        Raises:
            Refusal: `overloaded`, the room has too many; `forbidden`, a higher rank imposed the one that holds.
        """
        values = {
            "room": room,
            "user_id": sanction.user_id,
            "kind": sanction.kind.value,
            "who": sanction.by,
            "who_role": sanction.by_role.value,
            "reason": sanction.reason,
            "at_ms": sanction.at_ms,
            "until_ms": sanction.until_ms,
        }
        async with self._database.write() as connection:
            await lock_scopes(connection, [f"sanctions\n{room}"], self._database.dialect)
            which = _which(room, sanction.user_id, sanction.kind)
            await _require_rank(connection, which, sanction.by_role, sanction.at_ms)
            await connection.execute(_OVER, {"room_is": room, "now_ms": sanction.at_ms})
            if (await connection.scalar(_OTHERS, which) or 0) >= MAX_SANCTIONS:
                text = f"a room keeps {MAX_SANCTIONS} muted or shadowed users; lift some first"
                raise Refusal(ErrorCode.OVERLOADED, text, room=room)
            await connection.execute(self._keep, values)
            written = await self._outbox.write(connection, told, sanction.at_ms)
        self._outbox.committed(written)

    async def lift(self, room: str, user_id: str, kind: Kind, role: Role, told: Sequence[Message], now_ms: int) -> bool:
        """Drop a sanction and tell it; False when there is none, and then nothing is told.

        Args:
            role: of who lifts it.

        Raises:
            Refusal: `forbidden`, a higher rank imposed it, and it holds.
        """
        which = _which(room, user_id, kind)
        async with self._database.write() as connection:
            await lock_scopes(connection, [f"sanctions\n{room}"], self._database.dialect)
            await _require_rank(connection, which, role, now_ms)
            if (await connection.execute(_LIFT, which)).rowcount != 1:
                return False
            written = await self._outbox.write(connection, told, now_ms)
        self._outbox.committed(written)
        return True


def _which(room: str, user_id: str, kind: Kind) -> dict[str, str]:
    return {"room_is": room, "user_is": user_id, "kind_is": kind.value}


async def _require_rank(connection: AsyncConnection, which: Mapping[str, str], role: Role, now_ms: int) -> None:
    row = (await connection.execute(_ONE, which)).one_or_none()
    may_lift(role, None if row is None else _read(row), now_ms)


def _read(row: Any) -> Sanction:
    return Sanction(row.user_id, Kind(row.kind), row.who, Role(row.who_role), row.reason, row.at_ms, row.until_ms)


_room = sanctions.c.room == bindparam("room_is")
_one = (sanctions.c.user_id == bindparam("user_is")) & (sanctions.c.kind == bindparam("kind_is"))
_OF_ROOM = select(sanctions).where(_room)
_OVER = delete(sanctions).where(_room, sanctions.c.until_ms <= bindparam("now_ms"))
_ONE = select(sanctions).where(_room, _one)
_OTHERS = select(func.count()).select_from(sanctions).where(_room, ~_one)
_LIFT = delete(sanctions).where(_room, _one)
