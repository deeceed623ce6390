"""What is told as absolute values: likes, audience, comments left out.

Each is summed on this node and told when it is due, through the backplane, so that the totals are those of all
nodes. Promise: a like that was acked is in a total within `LIKES_MS`; a milestone is announced once.
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
from liveroom.rooms.rules import audience
from liveroom.rooms.rules.likes import PUBLISH_EVERY_MS, milestones_passed

SHED_MS = 1_000


class Counters:
    """See the module."""

    def __init__(self, room: Room, backplane: Backplane, clock: Clock, telemetry: Telemetry) -> None:
        self._room = room
        self._backplane = backplane
        self._clock = clock
        self._telemetry = telemetry
        self._shed_told_at_ms = 0
        self._term = room.tally.term

    def next_due_ms(self) -> int | None:
        """When `tell` has something to do."""
        tally = self._room.tally
        dues = [
            0 if tally.term != self._term else None,
            tally.likes_told_at_ms + PUBLISH_EVERY_MS if tally.likes_waiting else None,
            audience.due_at(self._room.attendance.audience),
            self._shed_told_at_ms + SHED_MS if self._shed_waiting() else None,
        ]
        return min((due for due in dues if due is not None), default=None)

    async def tell(self) -> None:
        """Tell what is due now."""
        now_ms = self._clock.now_ms()
        tally = self._room.tally
        if tally.term != self._term:
            self._term = tally.term
            await self._set(LikesCounted(total=0), (tally.term, 0))
        if tally.likes_waiting and now_ms >= tally.likes_told_at_ms + PUBLISH_EVERY_MS:
            await self._tell_likes(now_ms)
        if self._shed_waiting() and now_ms >= self._shed_told_at_ms + SHED_MS:
            await self._tell_shed(now_ms)
        due_ms = audience.due_at(self._room.attendance.audience)
        if due_ms is not None and now_ms >= due_ms:
            await self._tell_audience(now_ms)

    def _shed_waiting(self) -> int:
        return self._room.comments.shed_total - self._room.tally.shed_told

    async def _tell_likes(self, now_ms: int) -> None:
        room, tally = self._room, self._room.tally
        added, tally.likes_waiting = tally.likes_waiting, 0
        tally.likes_told_at_ms = now_ms
        name = f"likes:{tally.term}"
        try:
            total = (await self._backplane.add(room.id, {name: added}))[name]
        except BaseException:
            tally.likes_waiting += added
            raise
        tally.likes = total
        await self._set(LikesCounted(total=total), (tally.term, total))
        for milestone in milestones_passed(total - added, total):
            reached = LikeMilestoneReached(total=milestone)
            event = Event("like.milestone_reached", encode_event("like.milestone_reached", now_ms, reached))
            key = f"milestone\n{tally.term}\n{milestone}"
            await self._backplane.publish(room.id, [Publication((event,), key)])

    async def _tell_shed(self, now_ms: int) -> None:
        room = self._room
        fresh = self._shed_waiting()
        room.tally.shed_told += fresh
        self._shed_told_at_ms = now_ms
        self._telemetry.messages_shed("comment.sent", fresh)
        total = (await self._backplane.add(room.id, {"shed": fresh}))["shed"]
        await self._set(CommentsShed(total=total), (0, total))

    async def _tell_audience(self, now_ms: int) -> None:
        room = self._room
        room.attendance.audience, counted = audience.publication(room.attendance.audience, now_ms)
        if counted is None:
            return
        name = f"joined:{room.tally.term}"
        fresh = counted.joined - room.tally.joined_told
        room.tally.joined_told = counted.joined
        joined = (await self._backplane.add(room.id, {name: fresh}))[name]
        viewers = await self._backplane.report_viewers(room.id, counted.viewers)
        everywhere = {"viewers": viewers, "joined": joined, "peak": max(counted.peak, viewers)}
        await self._set(counted.model_copy(update=everywhere), (now_ms, 0))

    async def _set(self, value: Model, version: tuple[int, int]) -> None:
        kind = catalogue.kinds_by_model[type(value)].kind
        await self._backplane.set_latest(self._room.id, kind, encode_value(value), version)
