"""The one path of all commands of a room: limits → repeats → rule → commit → publish → answer.

It takes a batch and leaves every request of it answered, whatever happens: with its ack, with the refusal of its
rule, or with `unavailable` when something outside did not answer in time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from inspect import isawaitable
from typing import cast

from liveroom.realtime.backplane.base import Event, Outcome, Publication, Published, Take
from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import encode_event, encode_value
from liveroom.rooms.handlers import HANDLERS, Means
from liveroom.rooms.requests import Answer, Decided, Request
from liveroom.rooms.room import Room

logger = logging.getLogger(__name__)

STEP_S = 5.0
"""Longest time a batch may spend outside (store and backplane)."""
RETRY_MS = 500


class Pipeline:
    """See the module."""

    def __init__(self, room: Room, means: Means, clock: Clock, telemetry: Telemetry) -> None:
        self._room = room
        self._means = means
        self._clock = clock
        self._telemetry = telemetry

    async def run(self, batch: Sequence[Request]) -> None:
        """Carry out a batch in order, and send what waits in the room's outbox with it.

        Raises:
            RealtimeError: the outbox could not be sent; the batch is answered all the same.
        """
        try:
            async with asyncio.timeout(STEP_S):
                await self._limit(batch)
                for request in batch:
                    await self._decide(request)
                await self._publish([request for request in batch if isinstance(request.verdict, Decided)])
        except TimeoutError:
            text = "the room did not answer in time; try again"
            self._fail(batch, RealtimeError(ErrorCode.UNAVAILABLE, text, retry_after_ms=RETRY_MS))
        except RealtimeError as error:
            self._fail(batch, error)
        except Exception:
            logger.exception("a batch of room %s failed", self._room.id)
            self._fail(batch, RealtimeError(ErrorCode.INTERNAL, "the server has a fault"))
        finally:
            self._answer(batch)
        await self._send_outbox()

    async def _limit(self, batch: Sequence[Request]) -> None:
        """Take tokens for each sender and type; staff are not slowed down."""
        limited = [request for request in batch if request.role <= Role.VIEWER]
        if not limited:
            return
        waits = await self._means.backplane.take([_take(request) for request in limited])
        for request, wait_ms in zip(limited, waits, strict=True):
            if wait_ms:
                text = f"too many {request.declared.name}; wait a moment"
                request.verdict = RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=wait_ms)

    async def _decide(self, request: Request) -> None:
        """Find the first answer of a repeat, or ask the rule."""
        if request.verdict is not None:
            return
        try:
            if request.key is not None:
                known = await self._means.backplane.recall(self._room.id, request.unique_key, request.digest)
                if known is not None:
                    request.verdict = known
                    return
            handler = HANDLERS[request.declared.name]
            decided = handler(self._means, self._room, request, self._clock.now_ms())
            request.verdict = await decided if isawaitable(decided) else decided
        except RealtimeError as refused:
            request.verdict = refused
        except Exception:
            logger.exception("the handler of %s failed", request.declared.name)
            request.verdict = RealtimeError(ErrorCode.INTERNAL, "the server has a fault")

    async def _publish(self, requests: Sequence[Request]) -> None:
        """Publish what was decided in one call; then the effects that had to wait for it."""
        speaking = [each for each in requests if each.key is not None or _decided(each).events]
        now_ms = self._clock.now_ms()
        publications = [_publication(request, now_ms) for request in speaking]
        results = await self._means.backplane.publish(self._room.id, publications) if publications else []
        outcomes = dict(zip(map(id, speaking), results, strict=True))
        for request in requests:
            published = outcomes.get(id(request))
            decided = _decided(request)
            if published is None or published.outcome is Outcome.FRESH:
                if decided.then is not None:
                    decided.then()
                request.position = published.position if published and decided.events else None
            else:
                request.verdict = published

    async def _send_outbox(self) -> None:
        waiting = self._room.outbox.take()
        now_ms = self._clock.now_ms()
        backplane = self._means.backplane
        if waiting.events:
            await backplane.publish(self._room.id, [Publication(tuple(_encode(e, now_ms) for e in waiting.events))])
        for target, model in waiting.privates:
            kind = catalogue.kinds_by_model[type(model)].kind
            await backplane.send_private(self._room.id, target, encode_event(kind, now_ms, model))
        if waiting.visits:
            await self._means.store.remember_visits(self._room.id, waiting.visits)

    def _fail(self, batch: Sequence[Request], error: RealtimeError) -> None:
        for request in batch:
            if request.verdict is None or isinstance(request.verdict, Decided):
                request.verdict = error

    def _answer(self, batch: Sequence[Request]) -> None:
        """Answer all; the frames for one connection go out in one write."""
        replies: dict[Connection, list[bytes]] = {}
        now_s = self._clock.monotonic_s()
        for request in batch:
            verdict = _conflict(request.verdict)
            if isinstance(verdict, RealtimeError):
                self._telemetry.error_replied(request.declared.name, verdict.code)
                request.refuse(verdict, replies)
                continue
            self._telemetry.command_answered(request.declared.name, now_s - request.arrived_s)
            if isinstance(verdict, Published):
                request.answer(Answer(verdict.answer, verdict.position.seq or None, duplicate=True), replies)
            elif isinstance(verdict, Decided):
                data = encode_value(verdict.ack) if verdict.ack is not None else b""
                request.answer(Answer(data, request.position.seq if request.position else None), replies)
        for connection, frames in replies.items():
            connection.send_all(frames)
        sizes = [len(frame) for frames in replies.values() for frame in frames]
        if sizes:
            self._telemetry.frames_sent("ack", len(sizes), sum(sizes))


def _conflict(verdict: Decided | Published | RealtimeError | None) -> Decided | Published | RealtimeError | None:
    if isinstance(verdict, Published) and verdict.outcome is Outcome.CONFLICT:
        return RealtimeError(ErrorCode.KEY_CONFLICT, "this key was used for another command; make a new one")
    return verdict


def _decided(request: Request) -> Decided:
    return cast(Decided, request.verdict)


def _take(request: Request) -> Take:
    rate = request.declared.rate
    cost = float(getattr(request.data, "count", 1))
    return Take(f"{request.declared.name}\n{request.identity.user_id}", rate.per_s, rate.burst, cost)


def _publication(request: Request, now_ms: int) -> Publication:
    decided = _decided(request)
    return Publication(
        tuple(_encode(event, now_ms) for event in decided.events),
        request.unique_key if request.key is not None else None,
        request.digest if request.key is not None else b"",
        encode_value(decided.ack) if decided.ack is not None else b"",
    )


def _encode(model: Model, now_ms: int) -> Event:
    declared = catalogue.kinds_by_model[type(model)]
    return Event(declared.kind, encode_event(declared.kind, now_ms, model), declared.vital)
