"""Numbers of shows over HTTP, for those who run the room: what runs now, and every show before."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.numbers import ShowNumbers
from liveroom.rooms.messages.people import ItemId
from liveroom.rooms.rules.highlights import view
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import refusals
from liveroom.server.api.places import read_place, write_place
from liveroom.server.api.staff import require_staff
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["numbers"], dependencies=DOCUMENTED)

Show = Annotated[ItemId, Path(description="id of the show")]
After = Annotated[
    str | None, Query(pattern=r"^[0-9]{1,16}:[A-Za-z0-9_-]{1,64}$", description="`next` of the page before")
]


class ShowPage(Model):
    """Some shows; `next` is the `after` of the next page."""

    shows: list[ShowNumbers]
    next: str | None = None


class Delivery(Model):
    """How fast events of a kind have come to viewers: from publication to the last write."""

    kind: str
    count: Annotated[int, Field(ge=0, description="deliveries: an event for 100 viewers is 100")]
    p50_ms: Annotated[float, Field(ge=0)]
    p99_ms: Annotated[float, Field(ge=0)]


class PresentNumbers(ShowNumbers):
    """The numbers of a show, and how fast the node that answers delivers."""

    delivery: Annotated[list[Delivery], Field(description="by kind, in all rooms of the node since its start")]


@router.get("/numbers", responses=refusals(404))
async def read_numbers(room: RoomName, node: NodeOf, caller: Caller) -> PresentNumbers:
    """The show that runs, counted now; else the last one. For the staff of the room."""
    await require_staff(node, caller, room)
    counted = view(await node.value.numbers.read(await node.rooms.room(room), None))
    return PresentNumbers(**dict(counted), delivery=_read_delivery(node))


@router.get("/shows", responses=refusals(404))
async def list_shows(
    room: RoomName, node: NodeOf, caller: Caller, after: After = None, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> ShowPage:
    """The shows of the room for its staff, the one that was counted last first."""
    await require_staff(node, caller, room)
    records, end = await node.value.numbers.page(await node.rooms.room(room), read_place(after), limit)
    return ShowPage(shows=[view(record) for record in records], next=write_place(end))


@router.get("/shows/{show}", responses=refusals(404))
async def read_show(room: RoomName, show: Show, node: NodeOf, caller: Caller) -> ShowNumbers:
    """One show with its highlights, for the staff of the room."""
    await require_staff(node, caller, room)
    return view(await node.value.numbers.read(await node.rooms.room(room), show))


def _read_delivery(node: Node) -> list[Delivery]:
    times = node.metrics.delivery_percentiles((0.5, 0.99))
    return [
        Delivery(kind=kind, count=count, p50_ms=round(p50_s * 1000, 1), p99_ms=round(p99_s * 1000, 1))
        for kind, (count, (p50_s, p99_s)) in sorted(times.items())
    ]
