"""Rooms in the database: the `RoomStore` of a server that remembers them after a restart.

Promise: a room is one document of the kind `room`; a document that this version cannot read is refused by name and
never overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import DocumentUnreadable, Refusal
from liveroom.rooms.rules.bans import Ban, require_rank
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Cause, Document, Documents
from liveroom.rooms.storage.lifetimes import DAY_MS
from liveroom.rooms.storage.outbox import Message, Outbox
from liveroom.rooms.storage.pair_reader import PairReader
from liveroom.rooms.storage.portable import delete_oldest, lock_scopes, replace_in
from liveroom.rooms.storage.tables import bans, visits
from liveroom.rooms.storage.visit_reader import VisitReader

KIND = "room"
MAX_BANS = 10_000
OVER_MS = DAY_MS
"""A ban that was over for so long makes room for others; not at once, since clocks of nodes differ."""

_states: TypeAdapter[RoomState] = TypeAdapter(RoomState)


class SqlRoomStore:
    """See the module and `liveroom.rooms.store.RoomStore`."""

    def __init__(self, database: Database, documents: Documents, outbox: Outbox) -> None:
        self._database = database
        self._documents = documents
        self._outbox = outbox
        self._past = VisitReader(database)
        self._bans = PairReader(database, bans, _BAN_OF, _read_ban)
        self._keep_ban = replace_in(bans, database.dialect)
        self._keep_visits = replace_in(visits, database.dialect)

    async def create(self, state: RoomState, *, who: str, command: str) -> None:
        """See `RoomStore.create`."""
        if not await self._documents.create(_write(state), Cause(who, command)):
            raise Refusal(ErrorCode.ROOM_EXISTS, "a room of this name exists already", room=state.id)

    async def load(self, room: str) -> RoomState | None:
        """See `RoomStore.load`.

        Raises:
            DocumentUnreadable: it was not written by this version.
        """
        document = await self._documents.load(KIND, room)
        return None if document is None else _read(document)

    async def save(
        self, state: RoomState, expected_version: int, *, who: str, command: str, told: Sequence[Message] = ()
    ) -> bool:
        """See `RoomStore.save`."""
        return await self._documents.save(_write(state), expected_version, Cause(who, command), told)

    async def list(self, after: str | None, limit: int) -> list[RoomState]:
        """See `RoomStore.list`."""
        return [_read(document) for document in await self._documents.list(KIND, after, limit)]

    async def bans(self, room: str) -> Mapping[str, Ban]:
        """See `RoomStore.bans`."""
        async with self._database.read() as connection:
            rows = await connection.execute(_BANS, {"room_is": room})
            return {row.user_id: _read_ban(row) for row in rows}

    async def ban_of(self, room: str, user_id: str) -> Ban | None:
        """See `RoomStore.ban_of`."""
        return await self._bans.find(room, user_id)

    async def ban(self, room: str, ban: Ban, told: Sequence[Message] = ()) -> None:
        """See `RoomStore.ban`."""
        values = {
            "room": room,
            "user_id": ban.user_id,
            "who": ban.by,
            "reason": ban.reason,
            "at_ms": ban.at_ms,
            "until_ms": ban.until_ms,
            "who_role": ban.by_role.value,
        }
        async with self._database.write() as connection:
            await lock_scopes(connection, [f"bans\n{room}"], self._database.dialect)
            which = {"room_is": room, "user_is": ban.user_id}
            await _require_rank(connection, which, ban.by_role, ban.at_ms)
            await connection.execute(_OVER, {"room_is": room, "before": ban.at_ms - OVER_MS})
            others = await connection.scalar(_OTHERS, which)
            if (others or 0) >= MAX_BANS:
                raise Refusal(ErrorCode.OVERLOADED, f"a room keeps {MAX_BANS} bans; lift some first", room=room)
            await connection.execute(self._keep_ban, values)
            written = await self._outbox.write(connection, told, ban.at_ms)
        self._outbox.committed(written)

    async def unban(self, room: str, user_id: str, role: Role, now_ms: int, told: Sequence[Message] = ()) -> bool:
        """See `RoomStore.unban`."""
        which = {"room_is": room, "user_is": user_id}
        async with self._database.write() as connection:
            await lock_scopes(connection, [f"bans\n{room}"], self._database.dialect)
            await _require_rank(connection, which, role, now_ms)
            if (await connection.execute(_UNBAN, which)).rowcount != 1:
                return False
            written = await self._outbox.write(connection, told, now_ms)
        self._outbox.committed(written)
        return True

    async def past_visits(self, room: str, user_id: str) -> PastVisits | None:
        """See `RoomStore.past_visits`."""
        return await self._past.find(room, user_id)

    async def remember_visits(self, room: str, visits: Mapping[str, PastVisits]) -> None:
        """See `RoomStore.remember_visits`."""
        if not visits:
            return
        # In one order everywhere, so that two nodes that write the same people do not lock each other.
        rows = [
            {"room": room, "user_id": user_id, "visits": past.visits, "last_seen_ms": past.last_seen_ms}
            for user_id, past in sorted(visits.items())
        ]
        async with self._database.write() as connection:
            await connection.execute(self._keep_visits, rows)

    async def forget_visits(self, seen_before_ms: int, limit: int) -> int:
        """Delete what is known of people not seen since a moment, at most `limit`; gives how many there were."""
        async with self._database.write() as connection:
            return (await connection.execute(_FORGET, {"before": seen_before_ms, "most": limit})).rowcount


async def _require_rank(connection: AsyncConnection, which: Mapping[str, str], role: Role, now_ms: int) -> None:
    # Not from memory: another node may have stored it a moment ago.
    row = (await connection.execute(_BAN, which)).one_or_none()
    require_rank(None if row is None else _read_ban(row), role, now_ms)


def _read_ban(row: Any) -> Ban:
    return Ban(row.user_id, row.who, row.reason, row.at_ms, row.until_ms, Role(row.who_role))


def _write(state: RoomState) -> Document:
    return Document(KIND, state.id, state.id, _states.dump_python(state, mode="json"), state.version, 0)


def _read(document: Document) -> RoomState:
    try:
        state = _states.validate_json(orjson.dumps(document.state))
    except ValidationError:
        raise DocumentUnreadable(KIND, document.id) from None
    return state


_BANS = select(bans.c.user_id, bans.c.who, bans.c.reason, bans.c.at_ms, bans.c.until_ms, bans.c.who_role).where(
    bans.c.room == bindparam("room_is")
)
_OTHERS = (
    select(func.count())
    .select_from(bans)
    .where(bans.c.room == bindparam("room_is"), bans.c.user_id != bindparam("user_is"))
)
_OVER = delete(bans).where(bans.c.room == bindparam("room_is"), bans.c.until_ms < bindparam("before"))
_UNBAN = delete(bans).where(bans.c.room == bindparam("room_is"), bans.c.user_id == bindparam("user_is"))
_FORGET = delete_oldest(visits, visits.c.last_seen_ms)
_BAN_OF = select(bans.c.room, bans.c.user_id, bans.c.who, bans.c.reason, bans.c.at_ms, bans.c.until_ms, bans.c.who_role)
_BAN = _BAN_OF.where(bans.c.room == bindparam("room_is"), bans.c.user_id == bindparam("user_is"))
