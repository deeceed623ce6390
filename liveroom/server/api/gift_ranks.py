"""Who gave most in a room, page by page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.gift import GiftCurrency
from liveroom.rooms.messages.people import Count, ItemId, Visitor
from liveroom.rooms.storage.combos import ALL_SHOWS
from liveroom.rooms.storage.gift_ranks import After, Place
from liveroom.server.api.access import DOCUMENTED, Caller, NodeOf, RoomName
from liveroom.server.api.errors import refusals

router = APIRouter(prefix="/api/v1/rooms/{room}/gifts", tags=["gifts"], dependencies=DOCUMENTED)

NOW = "now"
PAGE = r"^[0-9]{1,9}:[0-9]{1,19}:[^\x00-\x20\x7f-\xa0]{1,128}$"


class RankView(Model):
    """One place."""

    rank: Annotated[int, Field(ge=1, description="counted from 1")]
    user: Visitor
    amount: Annotated[int, Field(ge=0, description="given, in minor units")]
    gifts: Count


class RankPage(Model):
    """Some places; `next` is the `after` of the next page."""

    currency: GiftCurrency
    show_id: Annotated[ItemId | None, Field(description="null: over all shows")] = None
    ranks: list[RankView]
    next: str | None = None


@router.get("/ranks", responses=refusals(404))
async def read_ranks(
    room: RoomName,
    node: NodeOf,
    caller: Caller,
    show: Annotated[
        str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="id of a show, or `now`; absent: all shows")
    ] = None,
    after: Annotated[str | None, Query(pattern=PAGE, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RankPage:
    """Who gave most, highest first; of equal sums the user id that sorts first."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    if show == NOW:
        if opened.document.show is None:
            raise Refusal(ErrorCode.NOT_FOUND, "no show is live", field="show")
        show = opened.document.show.id
    start = read_after(after)
    places = await node.value.gifts.ranks.page(room, show or ALL_SHOWS, limit, start)
    first = start.rank + 1 if start else 1
    ranks = [_view(rank, place) for rank, place in enumerate(places, first)]
    page_end = f"{ranks[-1].rank}:{ranks[-1].amount}:{ranks[-1].user.id}" if len(ranks) == limit else None
    return RankPage(currency=node.value.gifts.terms.currency, show_id=show, ranks=ranks, next=page_end)


def _view(rank: int, place: Place) -> RankView:
    return RankView(rank=rank, user=place.user, amount=place.amount, gifts=place.gifts)


def read_after(after: str | None) -> After | None:
    """Where the page before has ended, from its `next` (`PAGE`)."""
    if after is None:
        return None
    rank, amount, user_id = after.split(":", 2)
    return After(int(rank), min(int(amount), 2**63 - 1), user_id)
