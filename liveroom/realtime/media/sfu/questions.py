"""Commands over a line: one side asks, the other carries out and answers.

Promise: who asks has an answer, a refusal, or `MediaUnavailable` when there is none in time; no more than `PENDING`
wait. Each command is answered once; a fault in one is answered as such and logged, and the others go on.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.media.errors import MediaUnavailable
from liveroom.realtime.media.sfu.refusals import FAULT, pack_refusal, unpack_refusal
from liveroom.realtime.media.sfu.rpc import Line, Message

logger = logging.getLogger(__name__)

PENDING = 2_000


class Questions:
    """Those of one side that wait for an answer; each for `answer_s` at most."""

    def __init__(self, answer_s: float) -> None:
        self._answer_s = answer_s
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def ask(self, line: Line | None, do: str, /, **fields: object) -> Any:
        """Have a command carried out, and give what it gives.

        Raises:
            MediaError: the other side refuses, is not there, or does not answer in time.
        """
        if line is None or len(self._waiting) >= PENDING:
            raise MediaUnavailable
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            line.send({"id": number, "do": do, **fields})
            async with asyncio.timeout(self._answer_s):
                return await future
        except TimeoutError:
            raise MediaUnavailable from None
        finally:
            del self._waiting[number]

    def settle(self, message: Message) -> None:
        """An answer came."""
        future = self._waiting.get(message["id"])
        if future is None or future.done():
            return
        if "error" in message:
            future.set_exception(unpack_refusal(message["error"]))
        else:
            future.set_result(message["done"])

    def fail(self) -> None:
        """The line has ended: there will be no answers."""
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(MediaUnavailable())


async def reply(line: Line, message: Message, carry_out: Callable[[Message], Awaitable[object]]) -> None:
    """Carry out a command that came over a line, and answer it."""
    number = message.get("id")
    try:
        line.send({"id": number, "done": await carry_out(message)})
    except RealtimeError as error:
        line.send({"id": number, "error": pack_refusal(error)})
    except Exception:
        logger.exception("the media command %s failed", message.get("do"))
        line.send({"id": number, "error": FAULT})
