"""Lifting a ban, whoever's command leads to it: the rank of who imposed it counts (L10)."""

from __future__ import annotations

from liveroom.realtime.backplane.base import Backplane
from liveroom.rooms.moderation.ban_news import ban_message, tell_at_once
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
        """Let somebody in again, and do not `tell` yet; False when they were not kept out.

        Raises:
            Refusal: `forbidden`, a higher rank imposed it.
        """
        who = request.identity.user_id
        bans.may_ban(who, request.role, user_id, room.role_of(user_id))
        filed = audit_message(room.id, Entry(now_ms, who, request.role, request.declared.name, user_id))
        told = [filed, ban_message(room.id)]
        was_banned = await self._store.unban(room.id, user_id, request.role, now_ms, told)
        room.replace_bans({banned: ban for banned, ban in room.bans.items() if banned != user_id})
        return was_banned

    async def tell(self, room: Room) -> None:
        """Tell all nodes at once what was lifted; they hear of it in any case."""
        await tell_at_once(self._backplane, room.id)
