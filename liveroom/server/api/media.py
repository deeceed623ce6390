"""How audio and video of a room are doing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.media.times import Step
from liveroom.rooms.messages.media import MediaStage
from liveroom.rooms.messages.people import Count
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import refusals
from liveroom.server.api.staff import require_staff

router = APIRouter(prefix="/api/v1/rooms/{room}/media", tags=["media"], dependencies=DOCUMENTED)


class TimesView(Model):
    """How long a step took, of the last 200."""

    step: Annotated[Step, Field(description="`client_…`: as the client measured it")]
    warm: Annotated[bool | None, Field(description="whether the connection stood before")] = None
    count: Count
    p50_ms: Annotated[int, Field(ge=0)]
    p95_ms: Annotated[int, Field(ge=0)]


class MediaView(Model):
    """What the node that answers knows."""

    engine: Annotated[str, Field(description="`sfu`, `livekit` or `off`")]
    stage: MediaStage
    times: list[TimesView]


@router.get("", responses=refusals(404))
async def read_media(room: RoomName, node: NodeOf, caller: Caller) -> MediaView:
    """Who is on the air, and how soon people were connected and seen; for the staff."""
    await require_staff(node, caller, room)
    media = node.value.media
    times = [TimesView(**asdict(each)) for each in media.times.read(room)]
    return MediaView(engine=node.settings.media, stage=media.air.stage_of(room), times=times)
