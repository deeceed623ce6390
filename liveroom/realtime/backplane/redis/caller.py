"""Asks one server, also across a short interruption.

Promise: every call is answered or fails within 0.5 s. While there is no connection, calls wait for one; when it has
been away for longer than a call may wait, they fail at once. At most `MAX_UNSENT` wait; more fail at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from liveroom.realtime.backplane.redis.call import ANSWER_S, Call, Part
from liveroom.realtime.backplane.redis.link import SWEEP_S, Link
from liveroom.realtime.backplane.redis.scripts import Script
from liveroom.realtime.backplane.redis.upkeep import Dial, Upkeep
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.errors import BackplaneUnavailable

MAX_UNSENT = 20_000


class Caller:
    """See the module."""

    def __init__(self, name: str, dial: Dial, clock: Clock) -> None:
        self.upkeep = Upkeep(name, dial, self._opened, clock)
        self._clock = clock
        self._unsent: deque[Call] = deque()
        self._sweeper: TimerHandle | None = None

    def start(self) -> None:
        """Begin to dial."""
        self.upkeep.start()

    async def close(self) -> None:
        """Fail what waits and close the connection."""
        await self.upkeep.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        while self._unsent:
            self._unsent.popleft().fail(BackplaneUnavailable())

    def ask(self, *parts: Part) -> asyncio.Future[Any]:
        """Send a command. The answer may be a `hiredis.ReplyError`; the wait may end in `BackplaneUnavailable`."""
        return self._send(Call(parts, self._until_s(), self._future()))

    def run(
        self, script: Script, keys: tuple[str, ...], args: tuple[Part, ...], *, with_source: bool = False
    ) -> asyncio.Future[Any]:
        """Run a script; as `ask`.

        Args:
            with_source: the server has forgotten the script.
        """
        return self._send(Call(args, self._until_s(), self._future(), script, keys, with_source))

    def _future(self) -> asyncio.Future[Any]:
        return asyncio.get_running_loop().create_future()

    def _until_s(self) -> float:
        return self._clock.monotonic_s() + ANSWER_S

    def _send(self, call: Call) -> asyncio.Future[Any]:
        link = self.upkeep.link
        if link is not None:
            link.send(call)
        elif self.upkeep.away_s() > ANSWER_S or len(self._unsent) >= MAX_UNSENT:
            call.fail(BackplaneUnavailable())
        else:
            self._unsent.append(call)
            if self._sweeper is None:
                self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)
        return call.answer

    def _opened(self, link: Link) -> None:
        while self._unsent:
            call = self._unsent.popleft()
            if not call.answer.done():
                link.send(call)

    def _sweep(self) -> None:
        self._sweeper = None
        now_s = self._clock.monotonic_s()
        while self._unsent and self._unsent[0].until_s <= now_s:
            self._unsent.popleft().fail(BackplaneUnavailable())
        if self._unsent:
            self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)
