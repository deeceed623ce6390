"""Notices who has gone silent, and how long the seat is kept for him.

Promise: silence longer than `LOST_S` is told once as `Lost`; then follows `Back`, with the same or a new connection, or
`Closed` after `KEEP_S`. A connection that has no right and is not lost is ended after `WARM_S`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from liveroom.realtime.media.base import KEEP_S, WARM_S
from liveroom.realtime.media.events import Back, Closed, Ended, Lost, MediaEvent
from liveroom.realtime.media.places import Person

if TYPE_CHECKING:  # what it imports takes half a second, and the server process does without it
    from liveroom.realtime.media.sfu.connection import MediaConnection

LOST_S = 4.0


class Vigil:
    """See the module.

    Args:
        tell: hears what is noticed.
    """

    def __init__(self, tell: Callable[[MediaEvent], None], warm_s: float = WARM_S) -> None:
        self._tell = tell
        self._warm_s = warm_s
        self._lost: dict[Person, tuple[str, float]] = {}

    def note_standing(self, connection: MediaConnection, now_s: float) -> None:
        """A new connection stands."""
        self._note_back(connection.person, connection.session, now_s)

    def forget(self, person: Person) -> None:
        """Nobody waits for this person any more."""
        self._lost.pop(person, None)

    def look(self, connection: MediaConnection, now_s: float, has_rights: bool) -> Ended | None:
        """Look at one connection; why to end it, or None."""
        person = connection.person
        silent_s = connection.silent_s(now_s)
        if silent_s > LOST_S or connection.is_ended:
            if person not in self._lost:
                self._lost[person] = (connection.session, now_s)
                self._tell(Lost(person.room, person.user_id, connection.session))
        else:
            self._note_back(person, connection.session, now_s)
        if has_rights:
            connection.idle_since_s = None
        elif connection.idle_since_s is None:
            connection.idle_since_s = now_s
        elif now_s - connection.idle_since_s > self._warm_s:
            return Ended.IDLE
        return Ended.LOST if connection.is_ended or silent_s > KEEP_S else None

    def give_up(self, now_s: float) -> list[Person]:
        """Those who have not come back in time."""
        over = [(person, session) for person, (session, since_s) in self._lost.items() if now_s - since_s > KEEP_S]
        for person, session in over:
            del self._lost[person]
            self._tell(Closed(person.room, person.user_id, session, Ended.LOST))
        return [person for person, _ in over]

    def _note_back(self, person: Person, session: str, now_s: float) -> None:
        lost = self._lost.pop(person, None)
        if lost is not None:
            self._tell(Back(person.room, person.user_id, session, round((now_s - lost[1]) * 1000)))
