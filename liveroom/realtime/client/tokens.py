"""Who the client is towards the server.

Promise: a token is fetched when there is none or the old one ran out, never more often; a guest keeps its name;
a token that cannot be renewed is known as such. Tokens appear in no log and no address.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from liveroom.realtime.clock import Clock, TimerHandle

FETCH_TIMEOUT_S = 10.0
EARLY_S = 60.0

TokenSource = Callable[[], Awaitable[str | None]]


class Tokens:
    """The present token and where the next one comes from."""

    def __init__(self, token: str | None, source: TokenSource | None, clock: Clock) -> None:
        self._token = token
        self._source = source
        self._clock = clock
        self._guest = False
        self._timer: TimerHandle | None = None

    @property
    def renewable(self) -> bool:
        """Whether there is a source of fresh tokens."""
        return self._source is not None

    async def current(self) -> str | None:
        """The token for the next `connect`; None for a guest.

        Raises:
            TimeoutError: the source took over 10 s. Errors of the source itself pass through.
        """
        if self._token is None and self._source is not None:
            return await self.fresh()
        return self._token

    async def fresh(self) -> str | None:
        """A new token from the source; errors as for `current`."""
        if self._source is None:
            return self._token
        async with asyncio.timeout(FETCH_TIMEOUT_S):
            self._token = await self._source()
        self._guest = False
        return self._token

    def keep_guest(self, token: str) -> None:
        """Remember the server's token for this guest: the same guest after a cut."""
        self._token = token
        self._guest = True

    def expire(self) -> bool:
        """Forget a token that ran out. False when there is no other way to be let in."""
        if self._source is None and not self._guest and self._token is not None:
            return False
        self._token = None
        return True

    def plan(self, left_s: float, renew: Callable[[], object]) -> None:
        """Call `renew` 60 s before the token runs out, or after half of `left_s` when that is below two minutes."""
        self.cancel()
        if self.renewable and left_s > 0:
            self._timer = self._clock.call_later(left_s - min(EARLY_S, left_s / 2), renew)

    def cancel(self) -> None:
        """Call a planned renewal off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
