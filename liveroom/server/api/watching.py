"""How long people stayed, by how well they saw the show."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.people import Count, ItemId
from liveroom.rooms.rules.cohorts import Flow, Picture
from liveroom.rooms.storage.watches import Cohort
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import refusals
from liveroom.server.api.staff import require_staff

router = APIRouter(prefix="/api/v1/rooms/{room}/watching", tags=["media"], dependencies=DOCUMENTED)

NOW = "now"


class CohortView(Model):
    """Those who saw a show equally well, as their players told it."""

    picture: Annotated[Picture, Field(description="`hd` from 720 lines on, `sd` from 360; `none`: sound alone")]
    flow: Annotated[Flow, Field(description="`smooth`: less than 1 % stood still; `uneven`: less than 5 %")]
    viewers: Count
    visits: Annotated[int, Field(ge=0, description="of these viewers")]
    stay_mean_s: Annotated[float, Field(ge=0, description="mean length of a visit, within the show")]


class WatchingView(Model):
    """All cohorts of a show, the largest first. Who was counted in two visits of different quality is in both."""

    show_id: ItemId
    cohorts: list[CohortView]


@router.get("", responses=refusals(404))
async def read_watching(
    room: RoomName,
    node: NodeOf,
    caller: Caller,
    show: Annotated[str, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="id of a show, or `now`")] = NOW,
) -> WatchingView:
    """How long people stay, by how well they see it; for the staff. Written within five seconds."""
    await require_staff(node, caller, room)
    if show == NOW:
        running = (await node.rooms.room(room)).document.show
        if running is None:
            raise Refusal(ErrorCode.NOT_FOUND, "no show is live", field="show")
        show = running.id
    found = await node.value.watching.watches.read(room, show)
    return WatchingView(show_id=show, cohorts=[_view(each) for each in found])


def _view(cohort: Cohort) -> CohortView:
    mean_s = cohort.stay_ms / cohort.visits / 1000
    return CohortView(
        picture=Picture(cohort.picture),
        flow=Flow(cohort.flow),
        viewers=cohort.viewers,
        visits=cohort.visits,
        stay_mean_s=round(mean_s, 1),
    )
