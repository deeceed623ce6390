"""The one path of all commands of a room: limits → repeats → rule → commit → publish → answer.

It takes a batch and leaves every request of it answered, whatever happens: with its ack, with the refusal of its
rule, or with `unavailable` when something outside did not answer in time. A change that is stored already is acked
all the same; its events are owed, and told before anything else happens in the room.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import cast

from liveroom.realtime.backplane.base import Key, Outcome, Publication, Published, Take
from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.limits import Bucket
from liveroom.realtime.strikes import count_refusal
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import encode_event
from liveroom.rooms.attendance import AUDIENCE
from liveroom.rooms.handlers import HANDLERS
from liveroom.rooms.means import Means
from liveroom.rooms.publications import encode_model, own_key, publication_of, take_of
from liveroom.rooms.requests import Answer, Decided, Deferred, Request
from liveroom.rooms.room import Room

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
        self._unsure: OrderedDict[str, Decided] = OrderedDict()
        self.again: Callable[[Request], None] = _nobody
        """Takes a request whose review has come."""
        self.reviews: set[asyncio.Task[None]] = set()
        self._bucket = Bucket(ROOM_BURST_S * room.document.settings.commands_per_s, clock.monotonic_s())

    async def run(self, batch: Sequence[Request]) -> None:
        """Carry out a batch in order, then send what waits in the room's outbox.

        Args:
            batch: no key twice: the second could not find the first one's answer.

        Raises:
            RealtimeError: the outbox could not be sent and waits on; the batch is answered all the same.
            TimeoutError: the same, after `STEP_S`.
        """
        if batch:
            await self._carry_out(batch)
        if self._room.outbox:
            async with asyncio.timeout(STEP_S):
                await self._send_outbox()

    async def _carry_out(self, batch: Sequence[Request]) -> None:
        """Everything of a batch but the outbox; every request of it is answered in the end."""
        try:
            async with asyncio.timeout(STEP_S):
                began_s = self._clock.monotonic_s()
                self._telemetry.step_taken("queue", began_s - batch[0].arrived_s)
                await self._pay_debts()
                await self._limit(batch)
                await self._recall(batch)
                await self._slow_down(batch)
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
        limited = [request for request in batch if request.role in AUDIENCE and request.review is None]
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
            if known is None or known.outcome is Outcome.DUPLICATE:
                decided = self._unsure.pop(request.unique_key, None)
                if known is not None and decided is not None:
                    # The first try was published after all, only its answer was lost.
                    self._take_effect(request, decided)

    async def _slow_down(self, batch: Sequence[Request]) -> None:
        """Where the room is slow, one comment of each in a while; a repeat is no second one."""
        slow_s = self._room.talk.rules.slow_s
        asked = [each for each in batch if slow_s and each.verdict is None and _is_slowed(each)]
        if not asked:
            return
        wishes = [Take(f"slow\n{self._room.id}\n{each.identity.user_id}", 1 / slow_s, 1.0) for each in asked]
        for request, wait_ms in zip(asked, await self._means.backplane.take(wishes), strict=True):
            if wait_ms:
                text = f"one comment in {slow_s} s here; wait a moment"
                request.verdict = RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=wait_ms)

    async def _decide(self, request: Request) -> None:
        """Ask the rule."""
        if request.verdict is not None:
            return
        try:
            handler = HANDLERS[request.declared.name]
            decided = handler(self._means, self._room, request, self._clock.now_ms())
            request.verdict = decided if isinstance(decided, Decided | Deferred) else await decided
            if isinstance(request.verdict, Deferred):
                self._defer(request, request.verdict)
        except RealtimeError as refused:
            request.verdict = refused
        except Exception:
            logger.exception("the handler of %s failed", request.declared.name)
            request.verdict = RealtimeError(ErrorCode.INTERNAL, "the server has a fault")

    def _defer(self, request: Request, deferred: Deferred) -> None:
        async def wait() -> None:
            request.review = await deferred.review()
            request.verdict = None
            try:
                self.again(request)
            except RealtimeError as error:
                request.verdict = error
                self._answer([request])

        task = asyncio.ensure_future(wait())
        self.reviews.add(task)
        task.add_done_callback(self.reviews.discard)

    async def _publish(self, requests: Sequence[Request]) -> None:
        """Publish what was decided in one call; then the effects that had to wait for it."""
        speaking = [each for each in requests if each.key is not None or _decided(each).events]
        now_ms = self._clock.now_ms()
        publications = [publication_of(request, now_ms) for request in speaking]
        results = await self._means.backplane.publish(self._room.id, publications) if publications else []
        outcomes = dict(zip(map(id, speaking), results, strict=True))
        for request in requests:
            published = outcomes.get(id(request))
            decided = _decided(request)
            if published is None or published.outcome is Outcome.FRESH:
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

    async def _pay_debts(self) -> None:
        outbox = self._room.outbox
        if outbox.owed:
            await self._means.backplane.publish(self._room.id, outbox.owed)
            outbox.owed.clear()

    async def _send_outbox(self) -> None:
        """Send what waits; what was sent is taken out, so that a failure leaves the rest for the next turn."""
        outbox = self._room.outbox
        now_ms = self._clock.now_ms()
        if outbox.events:
            events = tuple(encode_model(event, now_ms) for event in outbox.events)
            outbox.owed.append(Publication(events, own_key()))
            outbox.events.clear()
        await self._pay_debts()
        while outbox.privates:
            target, model = outbox.privates[0]
            kind = catalogue.kinds_by_model[type(model)].kind
            await self._means.backplane.send_private(self._room.id, target, encode_event(kind, now_ms, model))
            outbox.privates.popleft()
        if outbox.visits:
            visits, outbox.visits = outbox.visits, {}
            try:
                await self._means.store.remember_visits(self._room.id, visits)
            except BaseException:
                outbox.visits = visits | outbox.visits
                raise

    def _fail(self, batch: Sequence[Request], error: RealtimeError) -> None:
        now_ms = self._clock.now_ms()
        for request in batch:
            if isinstance(request.verdict, Decided) and request.verdict.committed:
                self._room.outbox.owed.append(publication_of(request, now_ms))
                continue
            if isinstance(request.verdict, Decided) and request.key is not None:
                self._unsure[request.unique_key] = request.verdict
                while len(self._unsure) > MAX_UNSURE:
                    self._unsure.popitem(last=False)
            if request.verdict is None or isinstance(request.verdict, Decided):
                request.verdict = error

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


def _nobody(request: Request) -> None:
    """Until there is a queue."""


def _is_slowed(request: Request) -> bool:
    return request.declared.name == "comment.send" and request.role in AUDIENCE and request.review is None


def _conflict(verdict: Decided | Published | RealtimeError | None) -> Decided | Published | RealtimeError | None:
    if isinstance(verdict, Published) and verdict.outcome is Outcome.CONFLICT:
        return RealtimeError(ErrorCode.KEY_CONFLICT, "this key was used for another command; make a new one")
    return verdict


def _decided(request: Request) -> Decided:
    return cast(Decided, request.verdict)
