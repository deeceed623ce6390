"""What is told as absolute values: likes, audience, comments left out.

Each is summed on this node and told when it is due, through the backplane, so that the totals are those of all
nodes. Promise: a like that was acked is in a total within `PUBLISH_EVERY_MS`; a milestone is announced once; what
could not be told because the backplane was away is told when it is back, neither lost nor doubled. When the backplane
has lost its data, likes go on from the total that was told last.
"""

from __future__ import annotations

from liveroom.realtime.backplane.base import Backplane, Event, Publication
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import encode_event, encode_value
from liveroom.rooms.messages.comment import CommentsShed
from liveroom.rooms.messages.like import LikeMilestoneReached, LikesCounted
from liveroom.rooms.room import Room
from liveroom.rooms.rules import audience, likes
from liveroom.rooms.share import Share

SHED_MS = 1_000
LIKES = catalogue.kinds_by_model[LikesCounted].kind


class Counters:
    """See the module."""

    def __init__(self, room: Room, backplane: Backplane, clock: Clock, telemetry: Telemetry) -> None:
        self._room = room
        self._backplane = backplane
        self._clock = clock
        self._telemetry = telemetry
        self._tally = room.tally
        self._likes = Share(backplane, room.id, f"likes:{self._tally.term}")
        self._joined = Share(backplane, room.id, f"joined:{self._tally.term}")
        self._shed = Share(backplane, room.id, "shed")
        self._unsure: list[Share] = []
        self._is_lost = False
        self._shed_told = 0
        self._shed_told_at_ms = 0

    def next_due_ms(self) -> int | None:
        """When `tell` has something to do."""
        dues = (
            likes.due_at(self._room.tally.likes),
            audience.due_at(self._room.attendance.audience),
            self._shed_due_at(),
            0 if self._unsure or self._is_lost else None,
        )
        return min((due for due in dues if due is not None), default=None)

    def recount(self) -> None:
        """The backplane may have lost its data."""
        self._is_lost = True

    async def tell(self) -> None:
        """Tell what is due now.

        Raises:
            BackplaneUnavailable: what was not told stays due.
        """
        now_ms = self._clock.now_ms()
        if self._room.tally is not self._tally:
            self._begin_show()
        while self._unsure:
            await self._unsure[0].add(0)
            self._unsure.pop(0)
        if self._is_lost:
            await self._restore_likes(now_ms)
        if _is_due(likes.due_at(self._room.tally.likes), now_ms):
            await self._tell_likes(now_ms)
        if _is_due(self._shed_due_at(), now_ms):
            await self._tell_shed(now_ms)
        if _is_due(audience.due_at(self._room.attendance.audience), now_ms):
            await self._tell_audience(now_ms)

    def _begin_show(self) -> None:
        if self._likes.is_unsure:
            self._unsure.append(self._likes)
        self._tally = self._room.tally
        self._likes = Share(self._backplane, self._room.id, f"likes:{self._tally.term}")
        self._joined = Share(self._backplane, self._room.id, f"joined:{self._tally.term}")

    def _shed_due_at(self) -> int | None:
        is_quiet = self._room.comments.shed_total == self._shed_told
        return None if is_quiet else self._shed_told_at_ms + SHED_MS

    async def _restore_likes(self, now_ms: int) -> None:
        """Every node does; the highest total that one of them knows is where it goes on."""
        tally, told = self._room.tally, self._room.fanout.values.get(LIKES)
        if told is not None:
            self._likes.expect(LikesCounted.model_validate_json(told).total)
        added, total = await self._likes.add(tally.likes.handed)
        tally.likes = likes.summed(tally.likes, added, total)
        if total:
            counted = LikesCounted(total=tally.likes.total)
            await self._set(counted, (tally.term, counted.total))
            tally.likes = likes.told(tally.likes, counted, now_ms)
        self._is_lost = False

    async def _tell_likes(self, now_ms: int) -> None:
        """Sum, tell, announce; each step is noted when it is done, so that a failure repeats only the rest."""
        room, tally = self._room, self._room.tally
        while tally.likes.given != tally.likes.summed:
            tally.likes = likes.hand_over(tally.likes)
            added, total = await self._likes.add(tally.likes.handed)
            tally.likes = likes.summed(tally.likes, added, total)
        counted = likes.publication(tally.likes)
        if counted is not None:
            await self._set(counted, (tally.term, counted.total))
            tally.likes = likes.told(tally.likes, counted, now_ms)
        for milestone in tally.likes.milestones:
            reached = encode_event("like.milestone_reached", now_ms, LikeMilestoneReached(total=milestone))
            key = f"\nmilestone\n{tally.term}\n{milestone}"
            await self._backplane.publish(room.id, [Publication((Event("like.milestone_reached", reached),), key)])
            tally.likes = likes.announced(tally.likes, milestone)

    async def _tell_shed(self, now_ms: int) -> None:
        own = self._room.comments.shed_total
        total = await self._shed.catch_up(own)
        await self._set(CommentsShed(total=total), (0, total))
        self._telemetry.messages_shed("comment.sent", own - self._shed_told)
        self._shed_told, self._shed_told_at_ms = own, now_ms

    async def _tell_audience(self, now_ms: int) -> None:
        attendance = self._room.attendance
        before = attendance.audience
        attendance.audience, counted = audience.publication(before, now_ms)
        if counted is None:
            return
        try:
            joined = await self._joined.catch_up(counted.joined)
            viewers = await self._backplane.report_viewers(self._room.id, counted.viewers)
            everywhere = {"viewers": viewers, "joined": joined, "peak": max(counted.peak, viewers)}
            await self._set(counted.model_copy(update=everywhere), (now_ms, 0))
        except BaseException:
            attendance.audience = audience.untold(attendance.audience, before)
            raise

    async def _set(self, value: Model, version: tuple[int, int]) -> None:
        kind = catalogue.kinds_by_model[type(value)].kind
        await self._backplane.set_latest(self._room.id, kind, encode_value(value), version)


def _is_due(at_ms: int | None, now_ms: int) -> bool:
    return at_ms is not None and now_ms >= at_ms
