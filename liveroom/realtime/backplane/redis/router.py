"""Brings a question to the server that has the room, and copes with what servers say instead of an answer.

Promise: a call either gets the answer of the right server or ends in `BackplaneUnavailable` within half a second; it is
asked a second time only where the first server said that it did nothing.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import hiredis

from liveroom.realtime.backplane.redis.call import Part
from liveroom.realtime.backplane.redis.fleet import Fleet, Server
from liveroom.realtime.backplane.redis.refusals import read_refusal
from liveroom.realtime.backplane.redis.scripts import Script
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import BackplaneUnavailable

logger = logging.getLogger(__name__)

TRIES = 3
FIND_S = 0.09
"""Longest wait to find out where a room went; the search goes on for those who come next."""
NOTE_EVERY_S = 1.0
"""A server that refuses everything is worth one line a second."""


class Router:
    """See the module."""

    def __init__(self, fleet: Fleet, clock: Clock) -> None:
        self._fleet = fleet
        self._clock = clock
        self._noted_at_s = -NOTE_EVERY_S

    async def ask(self, tag: str, *parts: Part) -> Any:
        """Send a command to the server of `tag`.

        Raises:
            BackplaneUnavailable: it was not answered.
        """
        for _ in range(TRIES):
            server = self._fleet.server_of(tag)
            answer = await server.caller.ask(*parts)
            if not isinstance(answer, hiredis.ReplyError):
                return answer
            await self._cope(server, answer)
        raise BackplaneUnavailable

    async def run(self, tag: str, script: Script, keys: tuple[str, ...], *args: Part) -> Any:
        """Run a script on the server of `tag`.

        Raises:
            BackplaneUnavailable: it was not answered, or was refused.
        """
        with_source = False
        for _ in range(TRIES):
            server = self._fleet.server_of(tag)
            answer = await server.caller.run(script, keys, args, with_source=with_source)
            if not isinstance(answer, hiredis.ReplyError):
                return answer
            if str(answer).startswith("NOSCRIPT"):
                with_source = True
            else:
                await self._cope(server, answer)
        raise BackplaneUnavailable

    async def listen(self, tag: str, channel: bytes) -> Server:
        """Listen to a channel; gives the server that has it.

        Raises:
            BackplaneUnavailable: it was not confirmed.
        """
        for _ in range(TRIES):
            server = self._fleet.server_of(tag)
            answer = await server.listener.add(channel)
            if not isinstance(answer, hiredis.ReplyError):
                return server
            await self._cope(server, answer)
        raise BackplaneUnavailable

    async def _cope(self, server: Server, error: hiredis.ReplyError) -> None:
        """Do what an error asks for; returns when the same may be asked once more.

        Raises:
            BackplaneUnavailable: it may not.
        """
        word = str(error).partition(" ")[0]
        if word == "MOVED":
            try:
                async with asyncio.timeout(FIND_S):
                    await self._fleet.refresh()
            except TimeoutError:
                raise BackplaneUnavailable from None
            return
        # Known at once, not with the next probe; only a probe takes it back, since reads are answered all the time.
        server.refusal = read_refusal(error) or server.refusal
        now_s = self._clock.monotonic_s()
        if now_s - self._noted_at_s >= NOTE_EVERY_S:
            self._noted_at_s = now_s
            logger.warning("redis at %s refused: %s", server.name, str(error)[:200])
        if word in ("LATE", "READONLY"):
            # Its clock was set, or it is a primary no more: both are found out with a new connection.
            server.caller.upkeep.drop(word)
        raise BackplaneUnavailable
