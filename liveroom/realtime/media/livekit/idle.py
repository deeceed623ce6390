"""Who is connected without any right, and for how long that is let go on.

Promise: told once for each wait that was not called off.
"""

from __future__ import annotations

from collections.abc import Callable

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.media.places import Person


class IdleWatch:
    """See the module.

    Args:
        warm_s: how long.
        over: hears whose time is over.
    """

    def __init__(self, clock: Clock, warm_s: float, over: Callable[[Person], None]) -> None:
        self._clock = clock
        self._warm_s = warm_s
        self._over = over
        self._timers: dict[Person, TimerHandle] = {}

    def begin(self, person: Person) -> None:
        """Somebody has no right, as of now or since before."""
        if person not in self._timers:
            self._timers[person] = self._clock.call_later(self._warm_s, lambda: self._end(person))

    def call_off(self, person: Person) -> None:
        """Somebody has a right, or has gone."""
        timer = self._timers.pop(person, None)
        if timer is not None:
            timer.cancel()

    def stop(self) -> None:
        """Wait for nobody."""
        for person in list(self._timers):
            self.call_off(person)

    def _end(self, person: Person) -> None:
        del self._timers[person]
        self._over(person)
