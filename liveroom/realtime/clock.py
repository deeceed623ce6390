"""The one clock of a process: wall time for stamps, monotonic time for durations, and timers.

Everything that asks for the time or sets a timer takes a `Clock`, so that tests turn time by hand and no test sleeps.
Promise: `now_ms` is what clients are told as `server_time`; `monotonic_s` never runs backwards.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class TimerHandle(Protocol):
    """A timer that was set and can be called off."""

    def cancel(self) -> None:
        """Call the timer off. Does nothing when it has fired or was cancelled before."""


class Clock(Protocol):
    """What the product may know about time."""

    def now_ms(self) -> int:
        """Wall time in epoch milliseconds, UTC. For stamps and deadlines that are stored or sent."""

    def monotonic_s(self) -> float:
        """Seconds since an arbitrary moment. For durations, rates and latencies; never goes back."""

    def cpu_s(self) -> float:
        """CPU seconds of this thread. For what something costs, whoever else has the processor meanwhile."""

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> TimerHandle:
        """Run `callback` once, on the event loop, after `delay_s` seconds (0 or less: as soon as possible)."""


class LoopClock:
    """The real clock; its timers run on the event loop that is running when they are set."""

    __slots__ = ()

    def now_ms(self) -> int:
        """Wall time in epoch milliseconds, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Monotonic seconds, exact at the moment of the call (a loop's own `time()` may be as old as its tick)."""
        return time.monotonic()

    def cpu_s(self) -> float:
        """CPU seconds of this thread."""
        return time.thread_time()

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> TimerHandle:
        """Run `callback` once after `delay_s` seconds. Raises RuntimeError when no event loop is running."""
        return asyncio.get_running_loop().call_later(max(0.0, delay_s), callback)
