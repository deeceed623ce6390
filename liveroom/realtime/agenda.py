"""What is due at some second, for all connections, on one timer.

A heartbeat, a deadline or an expiry costs a list entry instead of a timer of the loop; fifteen thousand
connections turn one wheel. Promise: nothing fires early, and at most one `STEP_S` late plus the loop's own lag.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from liveroom.realtime.clock import Clock, TimerHandle

logger = logging.getLogger(__name__)

STEP_S = 0.25


class Agenda:
    """Calls grouped by quarter second.

    Args:
        clock: gives time and the one timer.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: dict[int, list[tuple[Callable[..., object], tuple[object, ...]]]] = {}
        self._timer: TimerHandle | None = None
        self._done_step = self._step(clock.monotonic_s())

    def add(self, delay_s: float, call: Callable[..., object], *args: object) -> None:
        """Run `call(*args)` once, `delay_s` seconds from now or up to `STEP_S` later. It cannot be taken back: it must
        look for itself whether it still has something to do."""
        now_s = self._clock.monotonic_s()
        if not self._due:
            self._done_step = self._step(now_s)
        step = max(self._step(now_s + delay_s), self._done_step) + 1
        self._due.setdefault(step, []).append((call, args))
        self._wind()

    def stop(self) -> None:
        """Forget everything."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _step(self, at_s: float) -> int:
        return int(at_s / STEP_S)

    def _wind(self) -> None:
        """Set the one timer to the next step, unless it is set."""
        if self._timer is None and self._due:
            now_s = self._clock.monotonic_s()
            next_s = (self._step(now_s) + 1) * STEP_S
            self._timer = self._clock.call_later(next_s - now_s, self._turn)

    def _turn(self) -> None:
        self._timer = None
        now = self._step(self._clock.monotonic_s())
        while self._done_step < now:
            self._done_step += 1
            for call, args in self._due.pop(self._done_step, ()):
                try:
                    call(*args)
                except Exception:
                    # One faulty call must not stop the heartbeat of all others.
                    logger.exception("a call of the agenda failed")
        self._wind()
