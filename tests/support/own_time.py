"""How long something took of the time that this process had. Promise: never more than passed, on any machine.

A process that was given no processor for ten seconds has not waited for ten seconds: what it waited for may have been
there all the while. So time is counted in small steps of the event loop, and a step that came late counts as one.
"""

from __future__ import annotations

import asyncio
from typing import Self

STEP_S = 0.02


class OwnTime:
    """Counts while it is entered; `s` are the seconds so far."""

    def __init__(self) -> None:
        self.s = 0.0
        self._counting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._counting = asyncio.ensure_future(self._count())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._counting is not None
        self._counting.cancel()
        await asyncio.gather(self._counting, return_exceptions=True)

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(STEP_S)
            self.s += STEP_S
