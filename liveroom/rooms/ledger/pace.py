"""How long facts take, from those of the last moments.

Promise: the estimate follows a change within some ten batches, and one slow batch does not double it.
"""

from __future__ import annotations

WEIGHT = 0.2
LONGEST_S = 0.05
"""Most that is believed of one fact alone: a lone slow commit says little about a full batch."""


class Pace:
    """See the module."""

    def __init__(self) -> None:
        self._fact_s = 0.0

    def took(self, facts: int, seconds: float) -> None:
        """A batch was written."""
        fact_s = min(LONGEST_S, seconds / facts)
        # A small batch costs nearly as much as a large one; it counts by its size, so that idle hours teach nothing.
        weight = WEIGHT * min(1.0, facts / 64)
        self._fact_s += weight * (fact_s - self._fact_s)

    def time_s(self, facts: int) -> float:
        """Seconds that this many facts will take."""
        return facts * self._fact_s
