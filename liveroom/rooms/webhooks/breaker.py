"""Leaves somebody alone who does not answer, so that those who wait for it are answered fast.

Promise: after `FAILURES` failures in a row nothing is asked for a pause, which doubles up to `PAUSE_MOST_S`; then one
try is let through, and what it comes to decides.
"""

from __future__ import annotations

FAILURES = 5
PAUSE_S = 1.0
PAUSE_MOST_S = 30.0


class Breaker:
    """See the module. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._closed_until_s = 0.0
        self._trying = False

    def is_open(self, now_s: float) -> bool:
        """Whether nothing is to be asked now."""
        return self._failures >= FAILURES and (now_s < self._closed_until_s or self._trying)

    def admit(self, now_s: float) -> bool:
        """Whether to ask now; the one try after a pause is counted as under way. Every admission is to be settled."""
        if self.is_open(now_s):
            return False
        if self._failures >= FAILURES:
            self._trying = True
        return True

    def succeeded(self) -> None:
        """It answered."""
        self._failures = 0
        self._trying = False

    def failed(self, now_s: float) -> None:
        """It did not. Those who were asked before the pause began do not make it longer."""
        if self._failures >= FAILURES and not self._trying:
            return
        self._failures += 1
        self._trying = False
        if self._failures >= FAILURES:
            doublings = min(self._failures - FAILURES, 16)
            self._closed_until_s = now_s + min(PAUSE_MOST_S, PAUSE_S * 2**doublings)

    def unused(self) -> None:
        """What was admitted was not asked after all."""
        self._trying = False
