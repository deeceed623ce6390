"""When to come back, and when not to.

Promise: the ranges of docs/protocol.md "Close codes", and full jitter, so that ten thousand clients that were cut
at once do not return at once.
"""

from __future__ import annotations

from collections.abc import Callable

BASE_MS = 500
CEILING_MS = 20_000
STABLE_S = 10.0
_STOP = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009})


def may_reconnect(code: int) -> bool:
    """Whether a client may come back by itself after a close with `code`; unknown codes may."""
    return code not in _STOP and not 4400 <= code <= 4499


class Backoff:
    """Waits between attempts. `random` gives numbers in [0, 1)."""

    def __init__(self, random: Callable[[], float]) -> None:
        self._random = random
        self._attempt = 0

    def next_ms(self, least_ms: float = 0) -> float:
        """Milliseconds until the next attempt: a random part of min(20 s, 0.5 s · 2^attempt), after `least_ms`."""
        most = min(CEILING_MS, BASE_MS << min(self._attempt, 16))
        self._attempt += 1
        return least_ms + self._random() * most

    def soon_ms(self, least_ms: float = 0) -> float:
        """The same of a first attempt, for one that is not counted: the network of this machine came back or changed.

        With jitter all the same: the network of a venue comes back for everybody in it at once.
        """
        return least_ms + self._random() * BASE_MS

    def lasted(self, good_s: float) -> None:
        """Told how many seconds a connection was good; ten of them make the next cut a first one."""
        if good_s >= STABLE_S:
            self._attempt = 0
