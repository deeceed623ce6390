"""Commands of the staff about people: mute, shadow, kick (L10).

Promise: what is done, what is filed of it and what the nodes are told of it are committed together; the answer comes
after that, and by then it holds on this node. Lifting what does not hold changes nothing and is no fault.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, cast

from liveroom.realtime.backplane.base import Backplane, Target
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import encode_event
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.messages import moderation as messages
from liveroom.rooms.moderation.node_news import node_message
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules.sanctions import Kind, impose, may_rule
from liveroom.rooms.storage.audit import Entry, audit_message
from liveroom.rooms.storage.outbox import Message, Outbox
from liveroom.rooms.storage.sanctions import SanctionRows

logger = logging.getLogger(__name__)

CHANGED = "sanctions_changed"
KICKED = "kicked"


class PeopleHandlers:
    """See the module."""

    def __init__(self, rows: SanctionRows, outbox: Outbox, backplane: Backplane) -> None:
        self._rows = rows
        self._outbox = outbox
        self._backplane = backplane

    def by_command(self) -> Mapping[str, DeskHandler]:
        """The handlers, for the desk."""
        return {
            "user.mute": self.mute,
            "user.unmute": self.unmute,
            "user.shadow": self.shadow,
            "user.unshadow": self.unshadow,
            "user.kick": self.kick,
        }

    async def mute(self, room: Room, request: Request, now_ms: int) -> None:
        """`user.mute`"""
        wanted = cast(messages.MuteUser, request.data)
        until_ms = await self._impose(room, request, Kind.MUTED, wanted, now_ms)
        await self._tell(room, wanted.user_id, messages.MyMute(until=until_ms), now_ms)

    async def unmute(self, room: Room, request: Request, now_ms: int) -> None:
        """`user.unmute`"""
        user_id = cast(messages.UnmuteUser, request.data).user_id
        await self._lift(room, request, Kind.MUTED, user_id, now_ms)
        await self._tell(room, user_id, None, now_ms)

    async def shadow(self, room: Room, request: Request, now_ms: int) -> None:
        """`user.shadow`"""
        await self._impose(room, request, Kind.SHADOWED, cast(messages.ShadowUser, request.data), now_ms)

    async def unshadow(self, room: Room, request: Request, now_ms: int) -> None:
        """`user.unshadow`"""
        user_id = cast(messages.UnshadowUser, request.data).user_id
        await self._lift(room, request, Kind.SHADOWED, user_id, now_ms)

    async def kick(self, room: Room, request: Request, now_ms: int) -> None:
        """`user.kick`"""
        wanted = cast(messages.KickUser, request.data)
        self._require_rank(room, request, wanted.user_id)
        told = [
            _file(room, request, wanted.user_id, {"reason": wanted.reason}, now_ms),
            node_message(room.id, KICKED, {"room": room.id, "user_id": wanted.user_id}),
        ]
        await self._outbox.post(told, now_ms)

    async def _impose(
        self,
        room: Room,
        request: Request,
        kind: Kind,
        wanted: messages.MuteUser | messages.ShadowUser,
        now_ms: int,
    ) -> int | None:
        self._require_rank(room, request, wanted.user_id)
        who = request.identity.user_id
        sanction = impose(kind, wanted.user_id, who, request.role, wanted.reason, wanted.seconds, now_ms)
        facts: dict[str, Any] = {"reason": sanction.reason}
        if sanction.until_ms is not None:
            facts["until"] = sanction.until_ms
        filed = _file(room, request, wanted.user_id, facts, now_ms)
        await self._rows.impose(room.id, sanction, [filed, node_message(room.id, CHANGED, room.id)])
        room.talk.impose(sanction)
        return sanction.until_ms

    async def _lift(self, room: Room, request: Request, kind: Kind, user_id: str, now_ms: int) -> None:
        self._require_rank(room, request, user_id)
        told = [_file(room, request, user_id, {}, now_ms), node_message(room.id, CHANGED, room.id)]
        await self._rows.lift(room.id, user_id, kind, request.role, told, now_ms)
        room.talk.lift(user_id, kind)

    @staticmethod
    def _require_rank(room: Room, request: Request, user_id: str) -> None:
        may_rule(request.identity.user_id, request.role, user_id, room.role_of(user_id))

    async def _tell(self, room: Room, user_id: str, mute: messages.MyMute | None, now_ms: int) -> None:
        payload = encode_event("mute.changed", now_ms, messages.MuteChanged(muted=mute))
        try:
            await self._backplane.send_private(room.id, Target(user_id=user_id), payload)
        except RealtimeError as error:
            # It is in the `me` part of the next join, and every refusal says it.
            logger.warning("somebody who was muted was not told: %s", error.message)


def _file(room: Room, request: Request, subject: str, facts: Mapping[str, Any], now_ms: int) -> Message:
    entry = Entry(now_ms, request.identity.user_id, request.role, request.declared.name, subject, facts)
    return audit_message(room.id, entry)
