"""The plan of an open load: when each message is due, whatever the server does.

One message in every slot of 1/rate seconds, at a seeded random place inside it: the rate is exact and the
messages do not fall into step with the server's ticks.
"""

from __future__ import annotations

import random


class Schedule:
    """Due times, one after the other."""

    def __init__(self, rate_per_s: float, start_ns: int, end_ns: int, seed: int) -> None:
        """Plan from `start_ns` up to, not including, `end_ns` on the monotonic clock.

        Args:
            rate_per_s: messages in a second.
            start_ns: beginning of the first slot.
            end_ns: no message is due at or after this time.
            seed: makes the places inside the slots repeatable.
        """
        if rate_per_s <= 0:
            raise ValueError(f"a rate of {rate_per_s} messages a second sends nothing; use more than 0")
        self._slot_ns = 1e9 / rate_per_s
        self._start_ns = start_ns
        self._end_ns = end_ns
        self._random = random.Random(seed)
        self.taken = 0
        self.due_ns: int | None = self._plan_next()

    def take(self) -> int:
        """The due time that is next, and go on to the one after it.

        Raises:
            IndexError: the plan is over (`due_ns` is None).
        """
        due = self.due_ns
        if due is None:
            raise IndexError("the schedule is over")
        self.taken += 1
        self.due_ns = self._plan_next()
        return due

    def _plan_next(self) -> int | None:
        due = self._start_ns + int((self.taken + self._random.random()) * self._slot_ns)
        return due if due < self._end_ns else None
