"""Commands that wait for an answer.

Promise: each ends with its answer, a typed error, or `AnswerMissing` after 10 s; one that was under way when the
connection was cut is sent again, in order and with the same key. At most `PENDING_MAX` wait; one more is refused
at once with `TooManyPending`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from liveroom.realtime.client.errors import (
    AnswerMissing,
    ClientError,
    CommandRefused,
    ConnectionCut,
    MessageTooBig,
    TooManyPending,
)
from liveroom.realtime.client.link import Frame, Link
from liveroom.realtime.clock import Clock, TimerHandle

PENDING_MAX = 256
ANSWER_TIMEOUT_S = 10.0
ID_BYTES = 24
"""What the id adds to a frame at most."""

Heard = Callable[[dict[str, Any]], None]


@dataclass(slots=True, eq=False)
class Pending:
    """One command without an answer. `once`: it belongs to its connection and is not sent again.

    `heard` is told the data of the ack before the next frame is read; the future is seen only some time after.
    """

    body: Mapping[str, Any]
    once: bool
    answer: asyncio.Future[Frame]
    timer: TimerHandle
    heard: Heard | None
    link: Link | None = None
    id: int = 0
    sent_at_s: float = 0.0


class Commands:
    """The table of waiting commands, in the order in which they were given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pending: dict[asyncio.Future[Frame], Pending] = {}

    def add(
        self,
        type_: str,
        room: str | None,
        data: Mapping[str, Any],
        *,
        key: str | None = None,
        limit_bytes: int | None = None,
        heard: Heard | None = None,
    ) -> asyncio.Future[Frame]:
        """Add a command; without a key it belongs to its connection. The future gives the `ack` frame.

        Raises:
            TooManyPending, MessageTooBig: it was not added.
        """
        if len(self._pending) >= PENDING_MAX:
            raise TooManyPending(PENDING_MAX)
        fields = {"type": type_, "room": room, "data": data, "key": key}
        body = {name: value for name, value in fields.items() if value is not None}
        if limit_bytes is not None and (size := len(orjson.dumps(body)) + ID_BYTES) > limit_bytes:
            raise MessageTooBig(size, limit_bytes)
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        timer = self._clock.call_later(ANSWER_TIMEOUT_S, lambda: self._fail(answer, _missing(body)))
        self._pending[answer] = Pending(body, key is None, answer, timer, heard)
        answer.add_done_callback(self._forget)  # also when the caller gave up waiting
        return answer

    def flush(self, link: Link) -> None:
        """Send everything that is not under way."""
        waiting = [command for command in self._pending.values() if command.link is None]
        for command in waiting:
            if link.is_down:
                return  # by the frame before: the next connection takes the rest
            command.link = link
            command.id = link.next_id()
            command.sent_at_s = self._clock.monotonic_s()
            link.send({"id": command.id, **command.body})
        if waiting:
            link.expect()

    def answer(self, link: Link, frame: Frame) -> bool:
        """Settle the command that an `ack` or `error` frame answers; False when none waits for it."""
        for command in self._under(link):
            if command.id == frame.get("id"):
                if frame["type"] == "ack":
                    self._settle(command.answer, frame)
                    if command.heard is not None:
                        command.heard(frame.get("data") or {})
                else:
                    self._fail(command.answer, CommandRefused(frame["error"], key=command.body.get("key")))
                return True
        return False

    def waiting_on(self, link: Link) -> int:
        """How many commands wait for an answer on this connection."""
        return len(self._under(link))

    def waiting_since_s(self, link: Link) -> float | None:
        """When the oldest of them went out, on the monotonic clock; None when none waits."""
        return next((command.sent_at_s for command in self._under(link)), None)

    def release(self, link: Link) -> None:
        """The connection is gone: its commands wait for the next one."""
        for command in self._under(link):
            command.link = None
            if command.once:
                self._fail(command.answer, ConnectionCut())

    def fail_all(self, error: ClientError) -> None:
        """End every waiting command with `error`."""
        for answer in list(self._pending):
            self._fail(answer, error)

    def _under(self, link: Link) -> list[Pending]:
        return [command for command in self._pending.values() if command.link is link]

    def _settle(self, answer: asyncio.Future[Frame], frame: Frame) -> None:
        self._forget(answer)
        if not answer.done():
            answer.set_result(frame)

    def _fail(self, answer: asyncio.Future[Frame], error: ClientError) -> None:
        self._forget(answer)
        if not answer.done():
            answer.set_exception(error)

    def _forget(self, answer: asyncio.Future[Frame]) -> None:
        command = self._pending.pop(answer, None)
        if command is not None:
            command.timer.cancel()


def _missing(body: Mapping[str, Any]) -> AnswerMissing:
    return AnswerMissing(body["type"], ANSWER_TIMEOUT_S, body.get("key"))
