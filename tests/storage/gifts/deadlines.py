"""The deadlines of calls to a billing, which a test lets run out when the call has come where it is to stay.

In production they are fractions of a second of real time, which on a busy machine may be over before the billing was
asked at all. Here each is far away until somebody says that it is over.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from liveroom.rooms.value.gifts import hook

FAR_S = 120.0


class Deadlines:
    """Stands for `asyncio` in the module of the hook."""

    def __init__(self) -> None:
        self._begun: list[asyncio.Timeout] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """A deadline, however short the wanted one is."""
        timeout = asyncio.timeout(FAR_S)
        if seconds != hook.VOID_S:
            self._begun.append(timeout)
        return timeout

    def run_out(self) -> None:
        """All charges that are waited for have taken too long."""
        now_s = asyncio.get_running_loop().time()
        for timeout in self._begun:
            with suppress(RuntimeError):  # it is over already
                timeout.reschedule(now_s)
        self._begun.clear()
