"""Rooms: create, list, read, and their life: open, go live, end, change."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ROOM_PATTERN, ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.room import (
    EndRoom,
    OpenRoom,
    RoomInfo,
    RoomSettings,
    SceneName,
    ShowInfo,
    StartShow,
    Title,
    UpdateRoom,
)
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.service import NewRoom
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, Operator, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms", tags=["rooms"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)


class CreateRoom(Model):
    """A room to be."""

    id: RoomId
    title: Title
    scene: SceneName = "show"
    host: Person
    settings: RoomSettings = Field(default_factory=RoomSettings)


EXAMPLE = {"id": "evening", "title": "周末晚风", "scene": "show", "host": {"id": "u7", "name": "小满"}}
Wanted = Annotated[CreateRoom, Body(examples=[EXAMPLE])]
Change = Annotated[UpdateRoom, Body(examples=[{"title": "周末晚风 · 第二场"}])]


class RoomView(Model):
    """A room as servers see it."""

    room: RoomInfo
    show: ShowInfo | None
    settings: RoomSettings
    created_at: Annotated[int, Field(description="epoch ms, UTC")]
    version: Annotated[int, Field(description="counts the changes of the room")]


class RoomPage(Model):
    """Some rooms; `next` is the `after` of the next page."""

    rooms: list[RoomView]
    next: str | None = None


@router.post("", status_code=201, responses=refusals(409, *WITH_BODY))
async def create_room(wanted: Wanted, node: NodeOf, caller: Operator) -> RoomView:
    """Create a room. People can talk in it once it is opened or goes live."""
    new = NewRoom(wanted.id, wanted.title, wanted.scene, wanted.host, wanted.settings)
    state = await node.rooms.create(new, caller.user_id)
    return _view(state)


@router.get("", responses=refusals())
async def list_rooms(
    node: NodeOf,
    _: Operator,
    after: Annotated[str | None, Query(pattern=ROOM_PATTERN, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RoomPage:
    """Rooms in the order of their names."""
    states = await node.store.list(after, limit)
    return RoomPage(rooms=[_view(state) for state in states], next=states[-1].id if len(states) == limit else None)


@router.get("/{room}", responses=refusals(404))
async def read_room(room: RoomName, node: NodeOf, caller: Caller) -> RoomView:
    """One room."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    return _view(opened.document)


@router.patch("/{room}", responses=COMMAND)
async def update_room(room: RoomName, change: Change, node: NodeOf, caller: Caller) -> RoomView:
    """Change what viewers see; an absent field stays."""
    return await _command(node, caller, room, "room.update", change, None)


@router.post("/{room}/open", responses=COMMAND)
async def open_room(room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None) -> RoomView:
    """Let viewers in before the show, or again after it."""
    return await _command(node, caller, room, "room.open", OpenRoom(), idempotency_key)


@router.post("/{room}/go_live", responses=COMMAND)
async def go_live(room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None) -> RoomView:
    """Begin a show."""
    return await _command(node, caller, room, "room.go_live", StartShow(), idempotency_key)


@router.post("/{room}/end", responses=COMMAND)
async def end_room(room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None) -> RoomView:
    """End the show."""
    return await _command(node, caller, room, "room.end", EndRoom(), idempotency_key)


async def _command(node: Node, caller: Identity, room: str, type_: str, data: Model, key: str | None) -> RoomView:
    await node.rooms.call(caller, room, type_, data, key)
    state = await node.store.load(room)
    if state is None:
        raise RealtimeError(ErrorCode.ROOM_NOT_FOUND, "there is no room of this name", room=room)
    return _view(state)


def _view(state: lifecycle.RoomState) -> RoomView:
    return RoomView(
        room=lifecycle.info(state),
        show=state.show,
        settings=state.settings,
        created_at=state.created_at,
        version=state.version,
    )
