"""Bans: from one room by its staff, from the whole server by operators; both cut what is open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.moderation import YEAR_S, BanUser, UnbanUser
from liveroom.rooms.messages.people import UserId
from liveroom.rooms.storage.exclusions import What
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, Operator, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1", tags=["bans"], dependencies=DOCUMENTED, responses=refusals())


Ban = Annotated[BanUser, Body(examples=[{"user_id": "u13", "reason": "spam", "seconds": 3600}])]


class ShutOut(Model):
    """A user to keep out of everything."""

    user_id: UserId
    seconds: Annotated[int, Field(ge=1, le=YEAR_S, description="how long")] = YEAR_S


Out = Annotated[ShutOut, Body(examples=[{"user_id": "u13", "seconds": 86_400}])]


class TokenRevocation(Model):
    """A token to refuse before it runs out."""

    token_id: Annotated[str, Field(min_length=1, max_length=128, description="its `jti`")]
    seconds: Annotated[int, Field(ge=1, le=YEAR_S, description="how long; best until it runs out by itself")] = YEAR_S


Revoked = Annotated[TokenRevocation, Body(examples=[{"token_id": "1f0c9a2e", "seconds": 3600}])]


@router.post("/rooms/{room}/bans", status_code=204, responses=refusals(404, 429, *WITH_BODY))
async def ban_from_room(room: RoomName, ban: Ban, node: NodeOf, caller: Caller) -> None:
    """Remove a user from the room and keep them out."""
    await node.rooms.call(caller, room, "user.ban", ban, None)


@router.delete("/rooms/{room}/bans/{user_id}", status_code=204, responses=refusals(404, 429))
async def unban_from_room(room: RoomName, user_id: UserId, node: NodeOf, caller: Caller) -> None:
    """Let a banned user in again."""
    await node.rooms.call(caller, room, "user.unban", UnbanUser(user_id=user_id), None)


@router.post("/bans", status_code=204, responses=refusals(*WITH_BODY))
async def ban_everywhere(ban: Out, node: NodeOf, caller: Operator) -> None:
    """Shut a user out of all rooms, until lifted or over; their connections are closed with 4403."""
    await node.doorkeeper.put(What.USER, ban.user_id, caller.user_id, _end(node, ban.seconds))


@router.delete("/bans/{user_id}", status_code=204)
async def unban_everywhere(user_id: UserId, node: NodeOf, caller: Operator) -> None:
    """Let a user in again."""
    await node.doorkeeper.put(What.USER, user_id, caller.user_id, 0)


@router.post("/revoked-tokens", status_code=204, responses=refusals(*WITH_BODY))
async def revoke_token(revoked: Revoked, node: NodeOf, caller: Operator) -> None:
    """Refuse a token from now on; connections that came with it are closed with 4401."""
    await node.doorkeeper.put(What.TOKEN, revoked.token_id, caller.user_id, _end(node, revoked.seconds))


def _end(node: Node, seconds: int) -> int:
    return node.clock.now_ms() + seconds * 1000
