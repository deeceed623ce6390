"""Who lost a connection with the worker or the server that had it, and how long a return is waited for.

Promise: as of `sfu/vigil.py`, for losses that a worker can no longer tell: `Lost`, then `Back` or `Closed`.
"""

from __future__ import annotations

from collections.abc import Callable

from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.media.base import KEEP_S
from liveroom.realtime.media.events import Back, Closed, Ended, Lost, MediaEvent
from liveroom.realtime.media.places import Person


class Comeback:
    """See the module."""

    def __init__(self, clock: Clock, tell: Callable[[MediaEvent], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._lost: dict[Person, tuple[float, TimerHandle, str]] = {}

    def lose(self, person: Person, session: str) -> None:
        """A connection is gone."""
        self.forget(person)
        timer = self._clock.call_later(KEEP_S, lambda: self._give_up(person, session))
        self._lost[person] = (self._clock.monotonic_s(), timer, session)
        self._tell(Lost(person.room, person.user_id, session))

    def note(self, person: Person, session: str) -> None:
        """A connection stands."""
        since = self._lost.get(person)
        if since is not None:
            self.forget(person)
            after_ms = round((self._clock.monotonic_s() - since[0]) * 1000)
            self._tell(Back(person.room, person.user_id, session, after_ms))

    def forget(self, person: Person) -> str | None:
        """Nobody waits for this person any more; gives the connection that was lost."""
        lost = self._lost.pop(person, None)
        if lost is None:
            return None
        lost[1].cancel()
        return lost[2]

    def stop(self) -> None:
        """Wait for nobody."""
        for person in list(self._lost):
            self.forget(person)

    def _give_up(self, person: Person, session: str) -> None:
        del self._lost[person]
        self._tell(Closed(person.room, person.user_id, session, Ended.LOST))
