"""Muted and shadowed users in the database.

Promise: a room keeps at most `MAX_SANCTIONS`; those that have run out make room for new ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, func, select

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.sanctions import Kind, Sanction
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
            return [
                Sanction(row.user_id, Kind(row.kind), row.who, Role(row.who_role), row.reason, row.at_ms, row.until_ms)
                for row in rows
            ]

    async def impose(self, room: str, sanction: Sanction, told: Sequence[Message]) -> None:
        """Keep a sanction with what is told of it; it replaces the one of the same kind.

        Raises:
            Refusal: `overloaded`, the room has too many.
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
            await connection.execute(_OVER, {"room_is": room, "now_ms": sanction.at_ms})
            if (await connection.scalar(_COUNT, {"room_is": room}) or 0) >= MAX_SANCTIONS:
                text = f"a room keeps {MAX_SANCTIONS} muted or shadowed users; lift some first"
                raise Refusal(ErrorCode.OVERLOADED, text, room=room)
            await connection.execute(self._keep, values)
            written = await self._outbox.write(connection, told, sanction.at_ms)
        self._outbox.committed(written)

    async def lift(self, room: str, user_id: str, kind: Kind, told: Sequence[Message], now_ms: int) -> bool:
        """Drop a sanction and tell it; False when there is none, and then nothing is told."""
        values = {"room_is": room, "user_is": user_id, "kind_is": kind.value}
        async with self._database.write() as connection:
            await lock_scopes(connection, [f"sanctions\n{room}"], self._database.dialect)
            if (await connection.execute(_LIFT, values)).rowcount != 1:
                return False
            written = await self._outbox.write(connection, told, now_ms)
        self._outbox.committed(written)
        return True


_room = sanctions.c.room == bindparam("room_is")
_OF_ROOM = select(sanctions).where(_room)
_OVER = delete(sanctions).where(_room, sanctions.c.until_ms <= bindparam("now_ms"))
_COUNT = select(func.count()).select_from(sanctions).where(_room)
_LIFT = delete(sanctions).where(
    _room, sanctions.c.user_id == bindparam("user_is"), sanctions.c.kind == bindparam("kind_is")
)
