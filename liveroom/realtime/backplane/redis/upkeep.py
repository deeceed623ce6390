"""Keeps one connection open: dials, notices that it is gone, dials again.

Promise: it is tried every `PAUSE_S` to `LONGEST_PAUSE_S` for as long as it takes; a connection on which nothing was
heard for `PING_S` is asked for a sign of life. One line in the log for an outage, and one for its end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from liveroom.realtime.backplane.redis.link import Link
from liveroom.realtime.clock import Clock

logger = logging.getLogger(__name__)

PAUSE_S = 0.05
LONGEST_PAUSE_S = 0.25
STEADY_S = 1.0
"""A connection that lasted so long was a good one; the next is dialled at once."""
PING_S = 2.0
NOTE_S = 1.0
"""An interruption shorter than this is not worth a line."""

Dial = Callable[[], Awaitable[Link]]


class Upkeep:
    """See the module.

    Args:
        name: of the server, for the log.
        dial: opens a connection.
        opened: hears of every connection that was opened.
    """

    def __init__(self, name: str, dial: Dial, opened: Callable[[Link], None], clock: Clock) -> None:
        self.link: Link | None = None
        self.is_open = asyncio.Event()
        self.reason = ""
        """Why the last attempt failed."""
        self._name = name
        self._dial = dial
        self._opened = opened
        self._clock = clock
        self._away_since_s = clock.monotonic_s()
        self._is_noted = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to dial."""
        self._away_since_s = self._clock.monotonic_s()
        self._task = asyncio.ensure_future(self._run())

    async def close(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self.link is not None:
            link, self.link = self.link, None
            self.is_open.clear()
            link.abort("closed by this node")

    def away_s(self) -> float:
        """For how long there has been no connection; 0 when there is one."""
        return 0.0 if self.link is not None else self._clock.monotonic_s() - self._away_since_s

    def drop(self, reason: str) -> None:
        """Give the present connection up and open another one."""
        if self.link is not None:
            self.link.abort(reason)

    async def _run(self) -> None:
        pause_s = PAUSE_S
        while True:
            try:
                link = await self._dial()
            except Exception as error:  # noqa: BLE001 - whatever a server answers, it is tried again
                is_known = isinstance(error, OSError)
                self._note((str(error) if is_known else repr(error)) or "no answer in time")
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                continue
            opened_s = self._clock.monotonic_s()
            self._begin(link)
            await self._watch(link)
            self.link = None
            self.is_open.clear()
            self._away_since_s = self._clock.monotonic_s()
            logger.info("a connection to redis at %s is gone: %s", self._name, link.lost.result())
            if self._away_since_s - opened_s >= STEADY_S:
                pause_s = PAUSE_S
                continue
            # A server that lets in and throws out at once must not be hammered.
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _begin(self, link: Link) -> None:
        if self._is_noted:
            self._is_noted = False
            logger.warning("redis at %s is back after %.1f s", self._name, self.away_s())
        self.link = link
        self.is_open.set()
        self._opened(link)

    async def _watch(self, link: Link) -> None:
        while not link.lost.done():
            await asyncio.wait([link.lost], timeout=PING_S)
            if not link.lost.done() and self._clock.monotonic_s() - link.heard_at_s >= PING_S:
                # Without an answer the link gives itself up.
                link.ask("PING").add_done_callback(lambda answer: answer.cancelled() or answer.exception())

    def _note(self, reason: str) -> None:
        self.reason = reason
        if not self._is_noted and self.away_s() >= NOTE_S:
            self._is_noted = True
            logger.warning("redis at %s is away, trying on: %s", self._name, reason)
