"""A clock that tests turn by hand: deterministic timers, no sleeping.

Promise: callbacks run in the order of their due time, equal times in the order they were set, and each of them
sees exactly its own due time; a callback may set or cancel timers.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

START_MS = 1_790_000_000_000


class FakeTimer:
    """A timer of a `FakeClock`."""

    def __init__(self, due_us: int, callback: Callable[[], object]) -> None:
        self.due_us = due_us
        self.callback = callback
        self.cancelled = False

    def cancel(self) -> None:
        """Call the timer off."""
        self.cancelled = True


class FakeClock:
    """A `liveroom.realtime.clock.Clock` whose time stands still until `advance`."""

    def __init__(self, start_ms: int = START_MS) -> None:
        self._start_ms = start_ms
        self._elapsed_us = 0
        self._order = count()
        self._timers: list[tuple[int, int, FakeTimer]] = []
        self.spent_s = 0.0

    def cpu_s(self) -> float:
        """CPU time of the thread: `spent_s`, which a test raises where something is to cost."""
        return self.spent_s

    def now_ms(self) -> int:
        """Wall time in epoch ms."""
        return self._start_ms + self._elapsed_us // 1000

    def monotonic_s(self) -> float:
        """Seconds since the clock was made."""
        return self._elapsed_us / 1_000_000

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> FakeTimer:
        """Run `callback` when the clock has been advanced by `delay_s` seconds."""
        timer = FakeTimer(self._elapsed_us + max(0, round(delay_s * 1_000_000)), callback)
        heapq.heappush(self._timers, (timer.due_us, next(self._order), timer))
        return timer

    def stand_still(self, ms: int) -> None:
        """Let time pass while nothing runs; the timers that became due are late, by up to `ms` milliseconds."""
        self._elapsed_us += ms * 1000
        self._timers = [(max(due_us, self._elapsed_us), order, timer) for due_us, order, timer in self._timers]
        heapq.heapify(self._timers)

    def put(self, ms: int) -> None:
        """Put the wall clock forward, or back; time goes on as before."""
        self._start_ms += ms

    @property
    def pending(self) -> int:
        """How many timers are set."""
        return sum(not timer.cancelled for _, _, timer in self._timers)

    def advance(self, ms: float) -> None:
        """Move time forward by `ms` milliseconds and run what becomes due, timers set meanwhile included."""
        target_us = self._elapsed_us + round(ms * 1000)
        while self._timers and self._timers[0][0] <= target_us:
            due_us, _, timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                self._elapsed_us = due_us
                timer.callback()
        self._elapsed_us = target_us
