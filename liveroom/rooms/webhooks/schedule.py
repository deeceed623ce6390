"""When a delivery that failed is tried again.

Promise: pauses grow, are drawn at random so that a receiver which comes back is not met by everything at once, and
end: after the last one the delivery is dead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

RETRY_AFTER_MOST_MS = 3_600_000
"""A receiver can ask for a pause of an hour at most; longer ones are ours to decide."""


class Schedule:
    """See the module.

    Args:
        pauses_s: upper bounds of the pauses in seconds, the first one after the first try. Full jitter: each pause is
            drawn between nothing and its bound.
        chance: a number from 0 to 1.
    """

    def __init__(self, pauses_s: Sequence[float], chance: Callable[[], float]) -> None:
        self._pauses_s = tuple(pauses_s)
        self._chance = chance

    def find_pause_ms(self, attempts: int, retry_after_ms: int | None = None) -> int | None:
        """The pause after so many tries, at least what the receiver asked for; None: there is no further try."""
        if attempts > len(self._pauses_s):
            return None
        drawn_ms = round(self._pauses_s[attempts - 1] * 1000 * self._chance())
        return max(drawn_ms, bound_retry_after(retry_after_ms))


def bound_retry_after(retry_after_ms: int | None) -> int:
    """What is honoured of a receiver's wish, in ms."""
    return min(max(0, retry_after_ms or 0), RETRY_AFTER_MOST_MS)
