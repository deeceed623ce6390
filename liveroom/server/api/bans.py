"""Bans: from one room by its staff, from the whole server by operators; both cut what is open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.moderation import YEAR_S, BanUser, UnbanUser
from liveroom.rooms.messages.people import UserId
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, Operator, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals

router = APIRouter(prefix="/api/v1", tags=["bans"], dependencies=DOCUMENTED, responses=refusals())


Ban = Annotated[BanUser, Body(examples=[{"user_id": "u13", "reason": "spam", "seconds": 3600}])]


class ShutOut(Model):
    """A user to keep out of everything."""

    user_id: UserId
    seconds: Annotated[int, Field(ge=1, le=YEAR_S, description="how long")] = YEAR_S


Out = Annotated[ShutOut, Body(examples=[{"user_id": "u13", "seconds": 86_400}])]


@router.post("/rooms/{room}/bans", status_code=204, responses=refusals(404, 429, *WITH_BODY))
async def ban_from_room(room: RoomName, ban: Ban, node: NodeOf, caller: Caller) -> None:
    """Remove a user from the room and keep them out."""
    await node.rooms.call(caller, room, "user.ban", ban, None)


@router.delete("/rooms/{room}/bans/{user_id}", status_code=204, responses=refusals(404, 429))
async def unban_from_room(room: RoomName, user_id: UserId, node: NodeOf, caller: Caller) -> None:
    """Let a banned user in again."""
    await node.rooms.call(caller, room, "user.unban", UnbanUser(user_id=user_id), None)


@router.post("/bans", status_code=204, responses=refusals(*WITH_BODY))
async def ban_everywhere(ban: Out, node: NodeOf, _: Operator) -> None:
    """Shut a user out of all rooms; their connections are closed with 4403."""
    await node.ban(ban.user_id, node.clock.now_ms() + ban.seconds * 1000)


@router.delete("/bans/{user_id}", status_code=204)
async def unban_everywhere(user_id: UserId, node: NodeOf, _: Operator) -> None:
    """Let a user in again."""
    await node.unban(user_id)
