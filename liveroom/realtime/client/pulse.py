"""Whether the server still lives.

Promise: silence beyond the limit is told once; a server that owes an answer, or whose line may have changed, is asked
within seconds and is silent when nothing at all comes; while frames come, it is not asked.
"""

from __future__ import annotations

import math
from typing import Protocol

from liveroom.realtime.clock import Clock, TimerHandle

PATIENCE_S = 3.0
"""Silence of a server that owes an answer, before it is asked."""
QUESTION_S = 4.0
"""For anything to be heard after the question."""
LATE_S = 2.0
"""Of a timer: the program itself stood still, and what came meanwhile may be unread."""
ROUNDING_S = 1e-6


class Asked(Protocol):
    """The server, as far as its life is concerned."""

    def ask(self) -> None:
        """Send a ping."""

    def owed_since_s(self) -> float | None:
        """When the oldest command without an answer went out, on the monotonic clock; None when none waits."""

    def on_silent(self, *, alone: bool) -> None:
        """It is silent; `alone`: this machine's own network was the reason to ask."""


class Pulse:
    """The watch over one connection."""

    def __init__(self, clock: Clock, limit_s: float, server: Asked) -> None:
        self._clock = clock
        self._server = server
        self._limit_s = limit_s
        self._heard_at_s = clock.monotonic_s()
        self._asked_at_s: float | None = None
        self._alone = False
        self._timer: TimerHandle | None = None
        self._patience: TimerHandle | None = None
        self._watch()

    def limit(self, limit_s: float) -> None:
        """From now on silence of `limit_s` seconds is the end."""
        self._limit_s = limit_s
        self._watch()

    def heard(self) -> None:
        """A frame came."""
        self._heard_at_s = self._clock.monotonic_s()
        self._asked_at_s = None

    def expect(self) -> None:
        """An answer is due from now on."""
        if self._patience is None:
            self._patience = self._clock.call_later(PATIENCE_S, self._grow_impatient)

    def ask(self, *, alone: bool = False) -> None:
        """Ask for a sign of life, one question at a time."""
        self._alone = alone or (self._asked_at_s is not None and self._alone)
        if self._asked_at_s is None:
            self._question()

    def end(self) -> None:
        """Watch no longer."""
        for timer in (self._timer, self._patience):
            if timer is not None:
                timer.cancel()

    def _question(self) -> None:
        self._asked_at_s = self._clock.monotonic_s()
        self._watch()
        self._server.ask()

    def _grow_impatient(self) -> None:
        self._patience = None
        since_s = self._server.owed_since_s()
        if since_s is None:
            return
        left_s = max(since_s, self._heard_at_s) + PATIENCE_S - self._clock.monotonic_s()
        is_over = left_s < ROUNDING_S
        self._patience = self._clock.call_later(PATIENCE_S if is_over else left_s, self._grow_impatient)
        if is_over:
            self.ask()

    def _due_s(self) -> float:
        asked_at_s = math.inf if self._asked_at_s is None else self._asked_at_s
        return min(self._heard_at_s + self._limit_s, asked_at_s + QUESTION_S)

    def _watch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s = self._due_s()
        left_s = max(0.0, due_s - self._clock.monotonic_s())
        self._timer = self._clock.call_later(left_s, lambda: self._look(due_s))

    def _look(self, planned_s: float) -> None:
        now_s = self._clock.monotonic_s()
        if self._due_s() - now_s >= ROUNDING_S:
            self._watch()
        elif now_s - planned_s > LATE_S and now_s < self._heard_at_s + self._limit_s:
            self._question()
        else:
            self._server.on_silent(alone=self._asked_at_s is not None and self._alone)
