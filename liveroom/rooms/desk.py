"""The way of commands that are worth money: rates → what memory knows → ledger → answer after the commit.

They do not pass through the room's queue, so thousands of taps neither wait for each other nor hold up the talk.
Promise: every command taken is answered truthfully, exactly once; a fact is answered after it is durable. Those under
way are bounded: above `MAX_PENDING` a command is refused with `overloaded` and nothing of it is kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from liveroom.realtime.backplane.base import Backplane, Take
from liveroom.realtime.catalogue import Model
from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.strikes import count_refusal
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import encode_value
from liveroom.rooms.attendance import AUDIENCE
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Answer as Written
from liveroom.rooms.ledger import Fact, Ledger
from liveroom.rooms.requests import Answer, Request
from liveroom.rooms.room import Room

logger = logging.getLogger(__name__)

MAX_PENDING = 20_000
RETRY_MS = 500
STEP_S = 5.0
"""Longest time for the limits of a batch, and for what a handler waits for outside before there is a fact."""

Found = Fact | Model | Written | None
"""What a handler comes to: a fact to be written, whose decider answers; or the answer itself, from memory; or what the
ledger has answered already to a handler that waited for it; None: it is done, and the answer has no data."""
DeskHandler = Callable[[Room, Request, int], Found | Awaitable[Found]]
"""Rules on one command type; raises `RealtimeError` to refuse. The room is only read."""


def _nobody_asks(type_: str, data: bytes, duplicate: bool) -> None:
    """The default of `answered`."""


class _Order(NamedTuple):
    room: Room
    request: Request


class Desk:
    """See the module.

    Args:
        handlers: by command type; rights have been checked before, rates are taken here.
        answered: hears of every ack: the command type, its encoded data, and whether it was a repeat.
        keyless: types that may come without a key, since a repeat of theirs changes nothing.
    """

    def __init__(
        self,
        handlers: Mapping[str, DeskHandler],
        ledger: Ledger,
        backplane: Backplane,
        clock: Clock,
        telemetry: Telemetry,
        answered: Callable[[str, bytes, bool], None] = _nobody_asks,
        keyless: Collection[str] = (),
    ) -> None:
        self._answered = answered
        self._keyless = keyless
        self._handlers = handlers
        self._ledger = ledger
        self._backplane = backplane
        self._clock = clock
        self._telemetry = telemetry
        self._queue: list[_Order] = []
        self._replies: dict[Connection, list[bytes]] = {}
        self._refused: list[tuple[Connection, RealtimeError]] = []
        self._pending = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def takes(self, type_: str) -> bool:
        """Whether commands of this type come here."""
        return type_ in self._handlers

    def submit(self, room: Room, request: Request) -> None:
        """Take a command; it is answered later.

        Raises:
            RealtimeError: `overloaded`; `invalid_field`, a fact needs a key.
        """
        if request.key is None and request.declared.name not in self._keyless:
            raise Refusal(ErrorCode.INVALID_FIELD, "this command needs a key, so that it counts once", field="key")
        if self._pending >= MAX_PENDING:
            text = "more of this is under way than can be taken; try again"
            raise RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=RETRY_MS, room=room.id)
        self._pending += 1
        self._idle.clear()
        if not self._queue:
            # What else arrives in this turn of the loop goes with it.
            self._spawn(self._serve())
        self._queue.append(_Order(room, request))

    async def drain(self) -> None:
        """Wait until every command taken is answered."""
        await self._idle.wait()

    async def _serve(self) -> None:
        orders, self._queue = self._queue, []
        try:
            async with asyncio.timeout(STEP_S):
                waits = await self._backplane.take([_take(order.request) for order in orders])
        except (TimeoutError, RealtimeError):
            text = "this cannot be done now; try again"
            self._refuse_all(orders, RealtimeError(ErrorCode.UNAVAILABLE, text, retry_after_ms=RETRY_MS))
            return
        except Exception:
            logger.exception("%d commands could not be counted against their rates", len(orders))
            self._refuse_all(orders, _fault())
            return
        for order, wait_ms in zip(orders, waits, strict=True):
            if wait_ms and order.request.role in AUDIENCE:
                text = f"too many {order.request.declared.name}; wait a moment"
                self._refuse(order, RealtimeError(ErrorCode.RATE_LIMITED, text, retry_after_ms=wait_ms))
            else:
                self._handle(order)

    def _handle(self, order: _Order) -> None:
        try:
            handler = self._handlers[order.request.declared.name]
            found = handler(order.room, order.request, self._clock.now_ms())
            if found is None or isinstance(found, Fact | Model | Written):
                self._proceed(order, found)
            else:
                self._spawn(self._wait(order, found))
        except Exception as error:  # noqa: BLE001 - answered and, when it is a fault, logged
            self._fail(order, error)

    async def _wait(self, order: _Order, found: Awaitable[Found]) -> None:
        try:
            async with asyncio.timeout(STEP_S):
                self._proceed(order, await found)
        except TimeoutError:
            text = "this was not done in time; try again with the same key"
            self._refuse(order, RealtimeError(ErrorCode.UNAVAILABLE, text, retry_after_ms=RETRY_MS))
        except Exception as error:  # noqa: BLE001 - answered and, when it is a fault, logged
            self._fail(order, error)

    def _proceed(self, order: _Order, found: Found) -> None:
        if isinstance(found, Fact):
            self._ledger.enter(found, partial(self._settle, order))
        elif isinstance(found, Written):
            self._answer(order, Answer(found.data, duplicate=found.duplicate))
        else:
            self._answer(order, Answer(encode_value(found) if found is not None else b""))

    def _settle(self, order: _Order, outcome: Written | RealtimeError) -> None:
        if isinstance(outcome, Written):
            self._answer(order, Answer(outcome.data, duplicate=outcome.duplicate))
        else:
            self._refuse(order, outcome)

    def _fail(self, order: _Order, error: BaseException) -> None:
        if not isinstance(error, RealtimeError):
            logger.error("the handler of %s failed", order.request.declared.name, exc_info=error)
            error = _fault()
        self._refuse(order, error)

    def _answer(self, order: _Order, answer: Answer) -> None:
        request = order.request
        self._telemetry.command_answered(request.declared.name, self._clock.monotonic_s() - request.arrived_s)
        self._answered(request.declared.name, answer.data, answer.duplicate)
        self._collect()
        request.answer(answer, self._replies)
        self._finish()

    def _refuse_all(self, orders: Sequence[_Order], error: RealtimeError) -> None:
        for order in orders:
            self._refuse(order, error)

    def _refuse(self, order: _Order, error: RealtimeError) -> None:
        self._telemetry.error_replied(order.request.declared.name, error.code)
        self._collect()
        order.request.refuse(error, self._replies)
        if order.request.connection is not None:
            self._refused.append((order.request.connection, error))
        self._finish()

    def _finish(self) -> None:
        self._pending -= 1
        if not self._pending:
            self._idle.set()

    def _collect(self) -> None:
        """The answers of one commit come in one turn of the loop; each connection gets them in one write."""
        if not self._replies:
            asyncio.get_running_loop().call_soon(self._send)

    def _send(self) -> None:
        replies, self._replies = self._replies, {}
        for connection, frames in replies.items():
            connection.send_all(frames)
        refused, self._refused = self._refused, []
        for connection, error in refused:
            # After they were told: it may close the connection.
            count_refusal(connection, error)
        sizes = [len(frame) for frames in replies.values() for frame in frames]
        if sizes:
            self._telemetry.frames_sent("ack", len(sizes), sum(sizes))

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _fault() -> RealtimeError:
    return RealtimeError(ErrorCode.INTERNAL, "the server has a fault")


def _take(request: Request) -> Take:
    rate = request.declared.rate
    cost = 1.0 if rate.charge is None else float(getattr(request.data, rate.charge))
    return Take(f"{request.declared.name}\n{request.identity.user_id}", rate.per_s, rate.burst, cost)
