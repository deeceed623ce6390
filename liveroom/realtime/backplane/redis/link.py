"""One connection to a server. Answers come in the order of the questions.

Promise: all questions of one turn of the loop go out in one write; every wait ends at its deadline; a connection that
answers nothing for `DEAD_S` longer than that is given up. Waiting questions are bounded by their deadlines.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import hiredis

from liveroom.realtime.backplane.redis.call import ANSWER_S, Call, Part, ServerRun
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import BackplaneUnavailable

SWEEP_S = 0.02
STALL_S = 0.05
"""A sweep that comes so late says that this process stood still: answers may lie in the socket, and are read first."""
DEAD_S = 0.6

Hear = Callable[[bytes, bytes], None]
"""`hear(channel, message)`"""
Unsubscribed = Callable[[bytes], bool]
"""`unsubscribed(channel)`: whether the server did it by itself."""


class Link(asyncio.Protocol):
    """See the module.

    Args:
        hear: gets the messages of subscribed channels.
        unsubscribed: decides what the end of a subscription means; true: nobody asked for it.
    """

    def __init__(self, clock: Clock, hear: Hear | None = None, unsubscribed: Unsubscribed | None = None) -> None:
        self.server = ServerRun()
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Done when the connection is gone, with the reason."""
        self.heard_at_s = clock.monotonic_s()
        self._clock = clock
        self._hear = hear
        self._unsubscribed = unsubscribed
        self._reader = hiredis.Reader()
        self._waiting: deque[Call] = deque()
        self._unsent: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._sweeper: TimerHandle | None = None
        self._sweep_at_s = 0.0
        self._reason = "the server closed the connection"

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self.heard_at_s = self._clock.monotonic_s()
        self._reader.feed(data)
        try:
            while (answer := self._reader.gets()) is not False:
                self._take(answer)
        except hiredis.ProtocolError:
            self.abort("the server does not speak the protocol of Redis")

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._transport = None
        for call in self._waiting:
            call.fail(BackplaneUnavailable())
        self._waiting.clear()
        if not self.lost.done():
            self.lost.set_result(str(exc) if exc is not None else self._reason)

    # Questions

    def ask(self, *parts: Part) -> asyncio.Future[Any]:
        """Send a command and wait for its answer; an error of the server is an answer too (`hiredis.ReplyError`)."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.send(Call(parts, self._clock.monotonic_s() + ANSWER_S, answer))
        return answer

    def send(self, call: Call) -> None:
        """Send a question with the others of this turn of the loop."""
        if self._transport is None:
            call.fail(BackplaneUnavailable())
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(call.pack(self.server))
        self._waiting.append(call)
        if self._sweeper is None:
            self._plan_sweep(self._clock.monotonic_s())

    def abort(self, reason: str) -> None:
        """Give the connection up."""
        self._reason = reason
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    def _take(self, answer: Any) -> None:
        if self._hear is not None and isinstance(answer, list) and answer:
            if answer[0] == b"smessage":
                self._hear(answer[1], answer[2])
                return
            if answer[0] == b"sunsubscribe" and self._unsubscribed is not None and self._unsubscribed(answer[1]):
                return
        if not self._waiting:
            self.abort(f"the server said without being asked: {answer}")
            return
        call = self._waiting.popleft()
        if not call.answer.done():
            call.answer.set_result(answer)

    def _sweep(self) -> None:
        """End the waits whose time is over; their answers, should they come, are passed over."""
        self._sweeper = None
        now_s = self._clock.monotonic_s()
        if now_s - self._sweep_at_s > STALL_S:
            self._plan_sweep(now_s)
            return
        for call in self._waiting:
            if call.until_s > now_s:
                break
            call.fail(BackplaneUnavailable())
        if self._waiting:
            if self._waiting[0].until_s + DEAD_S <= now_s:
                self.abort("the server does not answer")
                return
            self._plan_sweep(now_s)

    def _plan_sweep(self, now_s: float) -> None:
        self._sweep_at_s = now_s + SWEEP_S
        self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)
