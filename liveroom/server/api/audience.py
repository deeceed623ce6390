"""Who is in a room, page by page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from liveroom.rooms.messages.reading import CROWD_AFTER, LONGEST_PAGE, PAGE, AudiencePage, ReadAudience
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import refusals

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["rooms"], dependencies=DOCUMENTED)


@router.get("/audience", responses=refusals(404))
async def read_audience(
    room: RoomName,
    node: NodeOf,
    caller: Caller,
    after: Annotated[str | None, Query(pattern=CROWD_AFTER, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=LONGEST_PAGE)] = PAGE,
) -> AudiencePage:
    """Who is here, on all nodes: highest level first, then level in the fan club, then id."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    return await node.value.reading.read_audience(opened, ReadAudience(after=after, limit=limit))
