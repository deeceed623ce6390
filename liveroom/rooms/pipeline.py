"""The one path of all commands of a room: limits → repeats → rule → commit → publish → answer.

It takes a batch and leaves every request of it answered or deferred, whatever happens: with its ack, with the refusal
of its rule, or with `unavailable` when something outside did not answer in time. A change that is stored already is
acked all the same; its events are owed, and told before anything else happens in the room.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import cast

from liveroom.realtime.backplane.base import Key, Outcome, Published
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.limits import Bucket
from liveroom.realtime.strikes import count_refusal
from liveroom.realtime.telemetry import Telemetry
from liveroom.rooms.attendance import AUDIENCE
from liveroom.rooms.deferral import Deferral
from liveroom.rooms.handlers import HANDLERS
from liveroom.rooms.means import Means
from liveroom.rooms.outbox_sender import OutboxSender
from liveroom.rooms.publications import publication_of, take_of
from liveroom.rooms.requests import Answer, Decided, Deferred, Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules.bans import require_no_ban
from liveroom.rooms.slow_mode import SlowMode

logger = logging.getLogger(__name__)

STEP_S = 5.0
"""Longest time a batch may spend outside (store and backplane)."""
RETRY_MS = 500
MAX_UNSURE = 1_024
"""Commands kept whose publication failed with an unknown outcome; beyond it the oldest lose what `then` would do."""
ROOM_BURST_S = 2.0
"""A quiet room saves up this many seconds of its commands."""


class Pipeline:
    """See the module."""

    def __init__(self, room: Room, means: Means, clock: Clock, telemetry: Telemetry) -> None:
        self._room = room
        self._means = means
        self._clock = clock
        self._telemetry = telemetry
        self._outbox = OutboxSender(room, means.backplane, clock)
        self._unsure: OrderedDict[str, Decided] = OrderedDict()
        self._slow_mode = SlowMode(room, means.backplane)
        self.deferral = Deferral(self._drop)
        self._bucket = Bucket(ROOM_BURST_S * room.document.settings.commands_per_s, clock.monotonic_s())

    async def run(self, batch: Sequence[Request]) -> None:
        """Carry out a batch in order, then send what waits in the room's outbox; visits are kept elsewhere.

        What needs somebody outside is answered when it comes again (`deferral.py`).

        Args:
            batch: no key twice: the second could not find the first one's answer.

        Raises:
            RealtimeError: the outbox could not be sent and waits on; the batch is answered all the same.
            TimeoutError: the same, after `STEP_S`.
        """
        if batch:
            await self._carry_out(batch)
            self.deferral.start()
            await self._slow_mode.give_back(batch)
        if self._room.outbox.has_messages:
            async with asyncio.timeout(STEP_S):
                await self._outbox.send()

    async def _carry_out(self, batch: Sequence[Request]) -> None:
        """Everything of a batch but the outbox; every request of it is answered in the end."""
        try:
            async with asyncio.timeout(STEP_S):
                began_s = self._clock.monotonic_s()
                self._telemetry.step_taken("queue", began_s - batch[0].arrived_s)
                await self._outbox.pay_debts()
                await self._limit(batch)
                await self._recall(batch)
                await self._slow_mode.take(batch)
                limited_s = self._clock.monotonic_s()
                for request in batch:
                    await self._decide(request)
                decided_s = self._clock.monotonic_s()
                await self._publish([request for request in batch if isinstance(request.verdict, Decided)])
                self._telemetry.step_taken("rule", decided_s - limited_s)
                self._telemetry.step_taken("backplane", limited_s - began_s + self._clock.monotonic_s() - decided_s)
        except (TimeoutError, asyncio.CancelledError) as ended:
            text = "the room did not answer in time; try again"
            self._fail(batch, RealtimeError(ErrorCode.UNAVAILABLE, text, retry_after_ms=RETRY_MS))
            if isinstance(ended, asyncio.CancelledError):
                raise
        except RealtimeError as error:
            self._fail(batch, error)
        except Exception:
            logger.exception("a batch of room %s failed", self._room.id)
            self._fail(batch, RealtimeError(ErrorCode.INTERNAL, "the server has a fault"))
        finally:
            self._answer(batch)

    async def _limit(self, batch: Sequence[Request]) -> None:
        """Take tokens of each sender and type, then of the room; staff are not slowed down."""
        limited = [request for request in batch if request.role in AUDIENCE and not request.has_waited]
        if not limited:
            return
        waits = await self._means.backplane.take([take_of(request) for request in limited])
        for request, wait_ms in zip(limited, waits, strict=True):
            if wait_ms:
                text = f"too many {request.declared.name}; wait a moment"
                request.verdict = RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=wait_ms)
            else:
                # Only what its sender may send is charged to the room, or a few could use up everybody's share.
                self._charge_room(request)

    def _charge_room(self, request: Request) -> None:
        per_s = float(self._room.document.settings.commands_per_s)
        wait_ms = self._bucket.take(per_s, ROOM_BURST_S * per_s, 1, self._clock.monotonic_s())
        if wait_ms:
            # Not `rate_limited`: the sender has done nothing wrong and earns no strike.
            text = "the room has more to do than it can take; try again"
            request.verdict = RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=wait_ms)

    async def _recall(self, batch: Sequence[Request]) -> None:
        """Find the first answers of repeats."""
        keyed = [request for request in batch if request.key is not None and request.verdict is None]
        if not keyed:
            return
        keys = [Key(request.unique_key, request.digest) for request in keyed]
        for request, known in zip(keyed, await self._means.backplane.recall(self._room.id, keys), strict=True):
            request.verdict = known
            if known is None and self.deferral.follow(request):
                continue
            if known is None or known.outcome is Outcome.DUPLICATE:
                decided = self._unsure.pop(request.unique_key, None)
                if known is not None and decided is not None:
                    # The first try was published after all, only its answer was lost.
                    self._take_effect(request, decided)

    async def _decide(self, request: Request) -> None:
        """Ask the rule."""
        if request.verdict is not None:
            return
        now_ms = self._clock.now_ms()
        try:
            if request.identity.user_id in self._room.bans and not request.held:
                # They were let in; the ban came while this waited. What is held is stored already, and acked.
                require_no_ban(self._room.ban_of(request.identity.user_id, now_ms), request.role, self._room.id)
            handler = HANDLERS[request.declared.name]
            decided = handler(self._means, self._room, request, now_ms)
            if isinstance(decided, Deferred):
                self.deferral.take(request, decided)
            else:
                request.verdict = decided if isinstance(decided, Decided) else await decided
        except RealtimeError as refused:
            request.verdict = refused
        except Exception:
            logger.exception("the handler of %s failed", request.declared.name)
            request.verdict = RealtimeError(ErrorCode.INTERNAL, "the server has a fault")

    async def _publish(self, requests: Sequence[Request]) -> None:
        """Publish what was decided in one call; then the effects that had to wait for it."""
        speaking = [each for each in requests if _speaks(each)]
        now_ms = self._clock.now_ms()
        publications = [publication_of(request, now_ms) for request in speaking]
        results = await self._means.backplane.publish(self._room.id, publications) if publications else []
        outcomes = dict(zip(map(id, speaking), results, strict=True))
        for request in requests:
            published = outcomes.get(id(request))
            decided = _decided(request)
            if published is None or _is_own(published, decided):
                request.position = published.position if published and decided.events else decided.pretended
                self._take_effect(request, decided)
            else:
                request.verdict = published

    def _take_effect(self, request: Request, decided: Decided) -> None:
        if decided.then is None:
            return
        try:
            decided.then()
        except Exception:
            # It is published, so it is acked; the others of the batch have their effects to come.
            logger.exception("the effect of %s failed", request.declared.name)

    def _fail(self, batch: Sequence[Request], error: RealtimeError) -> None:
        now_ms = self._clock.now_ms()
        for request in batch:
            if isinstance(request.verdict, Decided) and request.verdict.committed:
                if _speaks(request):
                    self._room.outbox.owed.append(publication_of(request, now_ms))
                continue
            if isinstance(request.verdict, Decided) and request.key is not None:
                self._unsure[request.unique_key] = request.verdict
                while len(self._unsure) > MAX_UNSURE:
                    self._unsure.popitem(last=False)
            if request.verdict is None or isinstance(request.verdict, Decided):
                request.verdict = error
                self._slow_mode.keep(request)

    def _drop(self, request: Request) -> None:
        """What it waited for failed."""
        self._slow_mode.keep(request)
        self._answer([request])

    def _answer(self, batch: Sequence[Request]) -> None:
        """Answer all; the frames for one connection go out in one write."""
        replies: dict[Connection, list[bytes]] = {}
        now_s = self._clock.monotonic_s()
        for request in batch:
            if isinstance(request.verdict, Deferred):
                continue
            verdict = _conflict(request.verdict)
            if isinstance(verdict, RealtimeError):
                self._telemetry.error_replied(request.declared.name, verdict.code)
                request.refuse(verdict, replies)
                continue
            self._telemetry.command_answered(request.declared.name, now_s - request.arrived_s)
            if isinstance(verdict, Published):
                request.answer(Answer(verdict.answer, verdict.position.seq or None, duplicate=True), replies)
            elif isinstance(verdict, Decided):
                request.answer(Answer(verdict.encoded_ack, request.position.seq if request.position else None), replies)
        for connection, frames in replies.items():
            connection.send_all(frames)
        for request in batch:
            if isinstance(request.verdict, RealtimeError) and request.connection is not None:
                count_refusal(request.connection, request.verdict)
        sizes = [len(frame) for frames in replies.values() for frame in frames]
        if sizes:
            self._telemetry.frames_sent("ack", len(sizes), sum(sizes))


def _conflict(verdict: Decided | Published | RealtimeError | None) -> Decided | Published | RealtimeError | None:
    if isinstance(verdict, Published) and verdict.outcome is Outcome.CONFLICT:
        return RealtimeError(ErrorCode.KEY_CONFLICT, "this key was used for another command; make a new one")
    return verdict


def _speaks(request: Request) -> bool:
    """Whether something of it is to be published: its events, or its answer for whoever asks again."""
    return request.key is not None or bool(_decided(request).events)


def _is_own(published: Published, decided: Decided) -> bool:
    """Whether it was told for this very request: a stored change may have been told by the outbox a moment before."""
    return published.outcome is Outcome.FRESH or (decided.committed and published.outcome is Outcome.DUPLICATE)


def _decided(request: Request) -> Decided:
    return cast(Decided, request.verdict)
