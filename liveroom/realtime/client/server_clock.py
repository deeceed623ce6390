"""The server's clock as seen from here, and the round trip.

Promise: `now_ms` is epoch ms by the server's clock, set by `connected` and made better by each ping; a jump of this
machine's wall clock does not move it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from typing import Any

from liveroom.realtime.client.link import Link
from liveroom.realtime.clock import Clock

PING_TIMEOUT_S = 10.0


class ServerClock:
    """Offset to the server's clock, and pings under way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._server_ms: float | None = None
        self._at_s = 0.0
        self._pings: dict[tuple[Link, int], tuple[float, asyncio.Future[float]]] = {}

    def set(self, server_ms: float) -> None:
        """The server's clock shows `server_ms` now."""
        self._server_ms = server_ms
        self._at_s = self._clock.monotonic_s()

    def now_ms(self) -> float:
        """Epoch ms by the server's clock; this machine's until the first connection."""
        if self._server_ms is None:
            return self._clock.now_ms()
        return self._server_ms + (self._clock.monotonic_s() - self._at_s) * 1000

    async def ping(self, link: Link | None) -> float:
        """Round trip in ms; NaN when there is no connection or no answer within 10 s."""
        if link is None:
            return math.nan
        answer: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        key = (link, link.next_id())
        self._pings[key] = (self._clock.monotonic_s(), answer)
        timer = self._clock.call_later(PING_TIMEOUT_S, lambda: self._settle(key, math.nan))
        link.send({"type": "ping", "id": key[1]})
        link.expect()
        try:
            return await answer
        finally:
            timer.cancel()
            self._pings.pop(key, None)

    def pong(self, link: Link, frame: Mapping[str, Any]) -> None:
        """A `pong` came."""
        key = (link, frame.get("id", 0))
        if key not in self._pings:
            return
        rtt_ms = (self._clock.monotonic_s() - self._pings[key][0]) * 1000
        if isinstance(server_ms := frame.get("server_time"), int):
            self.set(server_ms + rtt_ms / 2)
        self._settle(key, rtt_ms)

    def waiting_since_s(self, link: Link) -> float | None:
        """When the oldest ping without an answer went out, on the monotonic clock; None when none waits."""
        return next((at_s for (asked, _), (at_s, _) in self._pings.items() if asked is link), None)

    def release(self, link: Link) -> None:
        """The connection is gone."""
        for key in [key for key in self._pings if key[0] is link]:
            self._settle(key, math.nan)

    def _settle(self, key: tuple[Link, int], rtt_ms: float) -> None:
        _, answer = self._pings.pop(key, (0.0, None))
        if answer is not None and not answer.done():
            answer.set_result(rtt_ms)
