"""Lifting a ban, whoever's command leads to it: the rank of who imposed it counts (L10)."""

from __future__ import annotations

import orjson

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import bans
from liveroom.rooms.storage.audit import Entry, audit_message
from liveroom.rooms.store import RoomStore


class BanLifter:
    """See the module."""

    def __init__(self, store: RoomStore, backplane: Backplane) -> None:
        self._store = store
        self._backplane = backplane

    async def lift(self, room: Room, request: Request, user_id: str, now_ms: int) -> bool:
        """Let somebody in again; False when they were not kept out.

        Raises:
            Refusal: `forbidden`, a higher rank imposed it.
        """
        who = request.identity.user_id
        bans.may_ban(who, request.role, user_id, room.role_of(user_id))
        # Not from memory: another node may have told it a moment ago.
        imposed = await self._store.ban_of(room.id, user_id)
        if imposed is not None and imposed.by_role > request.role:
            raise Refusal(ErrorCode.FORBIDDEN, f"this ban was imposed by a {imposed.by_role.value}", field="user_id")
        filed = audit_message(room.id, Entry(now_ms, who, request.role, request.declared.name, user_id))
        was_banned = await self._store.unban(room.id, user_id, [filed], now_ms)
        # Told in any case: a first try may have ended between the two.
        await self._backplane.tell_nodes(orjson.dumps({"bans_changed": room.id}))
        return was_banned
