"""What the pages need in the demo: a list of rooms, and a token for whoever asks."""

from __future__ import annotations

import secrets
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.identity import Role
from liveroom.realtime.wire import Lang, RoomId
from liveroom.rooms.messages.people import Name
from liveroom.server.api.access import NodeOf
from liveroom.server.api.errors import WITH_BODY, stranger_refusals

router = APIRouter(prefix="/demo", tags=["demo"])

TOKEN_S = 3600
REFUSED = stranger_refusals(*WITH_BODY, 422)


class AskToken(Model):
    """Who somebody wants to be in the demo."""

    role: Literal["viewer", "host"] = "viewer"
    room: RoomId = "demo"
    name: Name | None = None
    lang: Lang = "zh"
    user_id: Annotated[str | None, Field(pattern=r"^demo-[A-Za-z0-9-]{4,40}$")] = None


class DemoToken(Model):
    """A token and the user it stands for."""

    token: str
    user: dict[str, str]


class DemoRoom(Model):
    """A line of the front page."""

    id: str
    title: str
    status: str
    viewers: int


class DemoRooms(Model):
    """The rooms there are."""

    rooms: list[DemoRoom]


@router.post("/token", responses=REFUSED)
async def issue_token(wanted: AskToken, node: NodeOf) -> DemoToken:
    """A token for the demo: anybody may be anybody here."""
    is_host = wanted.role == "host"
    state = await node.store.load(wanted.room)
    if is_host and state is not None:
        user_id, name = state.host.id, state.host.name
    else:
        user_id = wanted.user_id or f"demo-{secrets.token_hex(8)}"
        name = wanted.name or user_id
    role = Role.HOST if is_host else Role.VIEWER
    token = node.issuer.issue(
        user_id,
        name=name,
        role=role,
        rooms=[wanted.room] if is_host else None,
        lang=wanted.lang,
        traits={"level": 0 if is_host else 3},
        lifetime_s=TOKEN_S,
    )
    return DemoToken(token=token, user={"id": user_id, "name": name, "role": role.value})


@router.get("/rooms", responses=stranger_refusals())
async def list_demo_rooms(node: NodeOf) -> DemoRooms:
    """All rooms with their state, as the front page shows them."""
    lines = []
    for state in await node.store.list(None, 50):
        fanout = node.hub.get(state.id)
        viewers = len(fanout.members) if fanout is not None else 0
        lines.append(DemoRoom(id=state.id, title=state.title, status=state.status.value, viewers=viewers))
    return DemoRooms(rooms=lines)
