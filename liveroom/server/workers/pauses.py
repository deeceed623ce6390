"""How long to wait before a process that ended is started again.

Promise: one that ends once is back at once; one that cannot live is tried twice a minute, and never given up.
"""

from __future__ import annotations

FIRST_S = 0.1
LONGEST_S = 30.0
SOUND_S = 60.0
"""Who lived this long has nothing wrong with it: its pauses begin anew."""


class Pauses:
    """Those of one process."""

    def __init__(self) -> None:
        self._ends = 0

    def after(self, lived_s: float) -> float:
        """The pause, in seconds, after it has lived for this long."""
        if lived_s >= SOUND_S:
            self._ends = 0
        pause_s = min(LONGEST_S, FIRST_S * 2.0**self._ends)
        self._ends += 1
        return pause_s
