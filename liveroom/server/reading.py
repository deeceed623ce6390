"""Lists of a node that are read page by page: who is here, who stands where.

Promise: the same pages on the socket and over HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import cast

import orjson

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.area import Area
from liveroom.rooms.crowd.gathering import Crowd
from liveroom.rooms.errors import Refusal
from liveroom.rooms.levels.deeds import terms_of
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.messages.reading import AudiencePage, RankOf, RankPage, RankPlace, ReadAudience, ReadRanks
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules.points import Fan, standing_of
from liveroom.rooms.storage.combos import ALL_SHOWS
from liveroom.rooms.storage.fans import After as FanAfter
from liveroom.rooms.storage.fans import FanPages
from liveroom.rooms.storage.gift_ranks import After as GiftAfter
from liveroom.rooms.storage.gift_ranks import GiftRanks
from liveroom.server.area_means import AreaMeans

NOW = "now"


class Reading(Area):
    """See the module."""

    keyless = ("audience.read", "ranks.read")

    def __init__(self, means: AreaMeans) -> None:
        has_others = means.settings.redis_url is not None
        node, backplane = means.storage.outbox.writer, means.hub.backplane
        self.crowd = Crowd(node, has_others, backplane, lambda room: means.find_room(room), means.clock)
        self._fans = FanPages(means.storage.database)
        self._gifts = GiftRanks(means.storage.database)
        self.handlers = {"audience.read": self._handle_audience, "ranks.read": self._handle_ranks}
        means.hub.listen(self.crowd.hear)

    async def stop(self) -> None:
        """End."""
        await self.crowd.stop()

    async def read_audience(self, room: Room, wanted: ReadAudience) -> AudiencePage:
        """Some of those who are here.

        Raises:
            RealtimeError: `overloaded`, `unavailable`.
        """
        page = await self.crowd.page(room, wanted.after, wanted.limit)
        told = room.fanout.values.get("audience")
        viewers = orjson.loads(told)["viewers"] if told is not None else 0
        # The count is told calmly; a list that is longer is newer.
        return AudiencePage(viewers=max(viewers, len(page.people)), people=page.people, next=page.after)

    async def read_ranks(self, room: Room, wanted: ReadRanks) -> RankPage:
        """Some places of a rank.

        Raises:
            Refusal: `not_found`, no show is live.
            DatabaseUnavailable: try again.
        """
        rank, value, user_id = _read(wanted.after)
        if wanted.of is RankOf.GIFTS:
            after = GiftAfter(rank, value, user_id) if wanted.after else None
            found = await self._gifts.page(room.id, _show(room, wanted.show), wanted.limit, after)
            pairs = [(place.user, place.amount) for place in found]
        else:
            behind = FanAfter(rank, value, user_id) if wanted.after else None
            is_club = wanted.of is RankOf.CLUB
            fans = await (self._fans.members if is_club else self._fans.rank)(room.id, wanted.limit, behind)
            pairs = [(_visitor(fan, room), fan.club_points if is_club else fan.points) for fan in fans]
        places = [RankPlace(rank=rank + at, user=user, value=sum_) for at, (user, sum_) in enumerate(pairs, 1)]
        last = places[-1] if len(places) == wanted.limit else None
        return RankPage(places=tuple(places), next=f"{last.rank}:{last.value}:{last.user.id}" if last else None)

    def _handle_audience(self, room: Room, request: Request, now_ms: int) -> Awaitable[Model]:
        return self.read_audience(room, cast(ReadAudience, request.data))

    def _handle_ranks(self, room: Room, request: Request, now_ms: int) -> Awaitable[Model]:
        return self.read_ranks(room, cast(ReadRanks, request.data))


def _visitor(fan: Fan, room: Room) -> Visitor:
    terms = terms_of(room)
    standing = standing_of(fan, terms.levels, terms.club)
    return Visitor(id=fan.user_id, name=fan.name, level=standing.level, club=standing.club, demo=fan.demo)


def _show(room: Room, show: str | None) -> str:
    if show != NOW:
        return show or ALL_SHOWS
    if room.document.show is None:
        raise Refusal(ErrorCode.NOT_FOUND, "no show is live", field="show")
    return room.document.show.id


def _read(after: str | None) -> tuple[int, int, str]:
    if after is None:
        return 0, 0, ""
    rank, value, user_id = after.split(":", 2)
    return int(rank), min(int(value), 2**63 - 1), user_id
