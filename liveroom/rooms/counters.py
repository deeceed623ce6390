"""What is told as absolute values: likes, audience, comments left out; and what a show has come to.

Each is summed on this node and told when it is due, through the backplane, so that the totals are those of all
nodes; the most viewers at the same time are the highest sum that a node has seen in the show. Promise: a like that was
acked is in a total within `PUBLISH_EVERY_MS`; a milestone is announced once; what could not be told because the
backplane was away is told when it is back, neither lost nor doubled. When the backplane has lost its data, likes go on
from the total that was told last. How many watch is looked up every `CHECK_MS` while somebody is there, since nodes
that die tell nobody.
"""

from __future__ import annotations

import asyncio
from zlib import crc32

from liveroom.realtime.backplane.base import Backplane, Event, Publication
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import BackplaneUnavailable, RealtimeError
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import encode_event, encode_value
from liveroom.rooms.messages.audience import AudienceCounted
from liveroom.rooms.messages.comment import CommentsShed
from liveroom.rooms.messages.like import LikeMilestoneReached, LikesCounted
from liveroom.rooms.messages.room import ShowStats
from liveroom.rooms.room import Room
from liveroom.rooms.rules import audience, likes
from liveroom.rooms.rules.rhythm import next_turn
from liveroom.rooms.share import Share

SHED_MS = 1_000
COMMENTS_MS = 1_000
CHECK_MS = 10_000
SUM_S = 1.0
"""What a show has come to is told without other nodes if the backplane takes longer."""
LIKES = catalogue.kinds_by_model[LikesCounted].kind
AUDIENCE = catalogue.kinds_by_model[AudienceCounted].kind
NOBODY = AudienceCounted(viewers=0, joined=0, peak=0)


class Counters:
    """See the module."""

    def __init__(self, room: Room, backplane: Backplane, clock: Clock, telemetry: Telemetry) -> None:
        self._room = room
        self._backplane = backplane
        self._clock = clock
        self._telemetry = telemetry
        self._take_shares()
        self._shed = Share(backplane, room.id, "shed")
        self._unsure: list[Share] = []
        self._is_lost = False
        self._shed_told = 0
        self._shed_told_at_ms = 0
        self._comments_summed_at_ms = 0
        self._is_audience_untold = False
        # The rooms of a node take turns.
        self._checked_at_ms = clock.now_ms() - crc32(room.id.encode()) % CHECK_MS

    def next_due_ms(self) -> int | None:
        """When `tell` has something to do."""
        now_ms = self._clock.now_ms()
        dues = (
            likes.due_at(self._room.tally.likes, now_ms),
            audience.due_at(self._room.attendance.audience, now_ms),
            self._check_due_at(now_ms),
            self._shed_due_at(now_ms),
            self._comments_due_at(now_ms),
            0 if self._unsure or self._is_lost else None,
        )
        return min((due for due in dues if due is not None), default=None)

    def recount(self) -> None:
        """The backplane may have lost its data."""
        self._is_lost = self._is_audience_untold = True
        self._checked_at_ms = 0

    async def tell(self) -> None:
        """Tell what is due now.

        Raises:
            BackplaneUnavailable: what was not told stays due.
        """
        now_ms = self._clock.now_ms()
        self._follow_show()
        while self._unsure:
            await self._unsure[0].add(0)
            self._unsure.pop(0)
        if self._is_lost:
            await self._restore_likes(now_ms)
        if _is_due(likes.due_at(self._room.tally.likes, now_ms), now_ms):
            await self._tell_likes(now_ms)
        if _is_due(self._shed_due_at(now_ms), now_ms):
            await self._tell_shed(now_ms)
        if _is_due(self._comments_due_at(now_ms), now_ms):
            self._follow_show()
            await self._comments.catch_up(self._tally.comments)
            self._comments_summed_at_ms = now_ms
        if _is_due(audience.due_at(self._room.attendance.audience, now_ms), now_ms):
            await self._tell_audience(now_ms)
        elif _is_due(self._check_due_at(now_ms), now_ms):
            await self._check_audience(now_ms)

    async def sum_show(self) -> ShowStats:
        """What the show has come to on all nodes; others may hold back what is not a second old.

        Without an answer of the backplane in `SUM_S`: as far as this node knows. Not while `tell` is under way.
        """
        self._follow_show()
        try:
            async with asyncio.timeout(SUM_S):
                if self._is_lost:
                    await self._restore_likes(self._clock.now_ms())
                await self._sum_likes()
                await self._comments.catch_up(self._tally.comments)
                await self._joined.catch_up(self._room.attendance.audience.joined)
                await self._raise_peak(self._room.attendance.audience.peak)
        except (RealtimeError, TimeoutError):
            pass  # a show can be ended all the same
        audience = self._room.attendance.audience
        return ShowStats(
            viewers=self._joined.known(audience.joined),
            comments=self._comments.known(self._tally.comments),
            likes=self._tally.likes.so_far,
            peak_viewers=max(audience.peak, self._peak.known(0)),
        )

    def _follow_show(self) -> None:
        """Another show may have begun, also while something was told."""
        if self._room.tally is not self._tally:
            if self._likes.is_unsure:
                self._unsure.append(self._likes)
            self._take_shares()

    def _take_shares(self) -> None:
        """Those of the show that runs; nothing is ever added to `peak`, it is only raised."""
        self._tally = self._room.tally
        names = (f"{name}:{self._tally.term}" for name in ("likes", "comments", "joined", "peak"))
        shares = (Share(self._backplane, self._room.id, name) for name in names)
        self._likes, self._comments, self._joined, self._peak = shares

    def _shed_due_at(self, now_ms: int) -> int | None:
        is_quiet = self._room.shed_total == self._shed_told
        return None if is_quiet else next_turn(self._shed_told_at_ms, now_ms, SHED_MS)

    def _comments_due_at(self, now_ms: int) -> int | None:
        is_quiet = self._room.tally.comments == self._comments.summed
        return None if is_quiet else next_turn(self._comments_summed_at_ms, now_ms, COMMENTS_MS)

    def _check_due_at(self, now_ms: int) -> int | None:
        return next_turn(self._checked_at_ms, now_ms, CHECK_MS) if self._room.fanout.members else None

    async def _restore_likes(self, now_ms: int) -> None:
        """Every node does; the highest total that one of them knows is where it goes on."""
        self._follow_show()
        tally, told = self._room.tally, self._room.fanout.values.get(LIKES)
        if told is not None:
            self._likes.expect(LikesCounted.model_validate_json(told).total)
        added, total = await self._likes.add(tally.likes.handed)
        tally.likes = likes.summed(tally.likes, added, total)
        if total:
            counted = LikesCounted(total=tally.likes.total)
            await self._set(counted, (tally.term, counted.total))
            tally.likes = likes.told(tally.likes, counted, now_ms)
        await self._comments.catch_up(tally.comments)
        self._is_lost = False

    async def _tell_likes(self, now_ms: int) -> None:
        """Sum, tell, announce; each step is noted when it is done, so that a failure repeats only the rest."""
        self._follow_show()
        room, tally = self._room, self._tally
        if tally.likes.given != tally.likes.summed:
            await self._sum_likes()
        counted = likes.publication(tally.likes)
        if counted is not None:
            await self._set(counted, (tally.term, counted.total))
            tally.likes = likes.told(tally.likes, counted, now_ms)
        for milestone in tally.likes.milestones:
            reached = encode_event("like.milestone_reached", now_ms, LikeMilestoneReached(total=milestone))
            key = f"\nmilestone\n{tally.term}\n{milestone}"
            await self._backplane.publish(room.id, [Publication((Event("like.milestone_reached", reached),), key)])
            tally.likes = likes.announced(tally.likes, milestone)

    async def _sum_likes(self) -> None:
        """Hand over what was given here, and hear the sum."""
        tally, is_heard = self._tally, False
        while not is_heard or tally.likes.given != tally.likes.summed:
            tally.likes = likes.hand_over(tally.likes)
            added, total = await self._likes.add(tally.likes.handed)
            tally.likes = likes.summed(tally.likes, added, total)
            is_heard = True

    async def _tell_shed(self, now_ms: int) -> None:
        own = self._room.shed_total
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
            number, summed = await self._sum_audience(counted, now_ms)
            await self._set(summed, (number, 0))
        except BaseException:
            attendance.audience = audience.untold(attendance.audience, before)
            raise
        self._checked_at_ms, self._is_audience_untold = now_ms, False

    async def _check_audience(self, now_ms: int) -> None:
        """Tell how many watch if it is not what was told last; what cannot be found out now waits for its turn."""
        self._checked_at_ms = now_ms
        told = self._room.fanout.values.get(AUDIENCE)
        known = AudienceCounted.model_validate_json(told) if told is not None else NOBODY
        try:
            number, summed = await self._sum_audience(audience.counted(self._room.attendance.audience, now_ms), now_ms)
            if self._is_audience_untold or (known.viewers, known.joined) != (summed.viewers, summed.joined):
                await self._set(summed, (number, 0))
            self._is_audience_untold = False
        except BackplaneUnavailable:
            return

    async def _sum_audience(self, own: AudienceCounted, now_ms: int) -> tuple[int, AudienceCounted]:
        """What all nodes have, this one with `own`, under a number above all before: clocks differ and are put back."""
        self._follow_show()
        number = (await self._backplane.add(self._room.id, {AUDIENCE: 1}, None, {AUDIENCE: now_ms}))[AUDIENCE]
        joined = await self._joined.catch_up(own.joined)
        viewers = await self._backplane.report_viewers(self._room.id, own.viewers)
        peak = await self._raise_peak(max(own.peak, viewers))
        return number, own.model_copy(update={"viewers": viewers, "joined": joined, "peak": peak})

    async def _raise_peak(self, seen: int) -> int:
        """The highest that any node has seen in this show, this one having seen `seen`."""
        self._peak.expect(seen)
        _, peak = await self._peak.add(0)
        return peak

    async def _set(self, value: Model, version: tuple[int, int]) -> None:
        kind = catalogue.kinds_by_model[type(value)].kind
        await self._backplane.set_latest(self._room.id, kind, encode_value(value), version)


def _is_due(at_ms: int | None, now_ms: int) -> bool:
    return at_ms is not None and now_ms >= at_ms
