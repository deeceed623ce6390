"""Whose token is whose, who is connected, and which tokens have ended.

Promise: a person has one token in a room, the newest; an older one, or one that was withdrawn, is known as ended for as
long as it could be used. Bounded: by `MOST` tokens, and by what is forgotten when its time is over.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from liveroom.realtime.media.errors import MediaOverloaded
from liveroom.realtime.media.places import Person

MOST = 20_000
OVER = 2_000
"""Connections that are over are remembered, since their webhooks come in any order."""
MARGIN_MS = 120_000
"""LiveKit takes tokens for a while after their time, in case of clocks that differ."""


@dataclass(slots=True)
class Issued:
    """A token and its number; `is_used`: somebody has connected with it."""

    number: str
    token: str
    at_ms: int
    is_used: bool = False


class Register:
    """See the module. `token_s`: how long a token can be used to connect."""

    def __init__(self, token_s: float) -> None:
        self._life_ms = int(token_s * 1000) + MARGIN_MS
        self._tokens: dict[Person, Issued] = {}
        self._sessions: dict[Person, str] = {}
        self._ended: OrderedDict[str, int] = OrderedDict()
        self._over: OrderedDict[str, None] = OrderedDict()

    def issue(self, person: Person, number: str, token: str, now_ms: int) -> None:
        """Somebody got a token; the one before ends.

        Raises:
            MediaOverloaded: there are too many.
        """
        self.withdraw(person, now_ms)
        if len(self._tokens) >= MOST:
            self._drop_unused(now_ms)
        if len(self._tokens) >= MOST:
            raise MediaOverloaded
        self._tokens[person] = Issued(number, token, now_ms)

    def token_of(self, person: Person) -> str | None:
        """The token of somebody."""
        issued = self._tokens.get(person)
        return issued.token if issued is not None else None

    def people_of(self, room: str) -> list[Person]:
        """Who has a token of this node."""
        return [person for person in self._tokens if person.room == room]

    def withdraw(self, person: Person, now_ms: int) -> None:
        """End somebody's token."""
        issued = self._tokens.pop(person, None)
        if issued is not None:
            self.end(issued.number, now_ms)

    def end_used(self, person: Person, now_ms: int) -> bool:
        """End the token with which somebody was connected; false: the one he has now is newer than that."""
        issued = self._tokens.get(person)
        if issued is not None and not issued.is_used:
            return False
        self.withdraw(person, now_ms)
        return True

    def end(self, number: str, now_ms: int) -> None:
        """A token is of no use any more."""
        self._ended[number] = now_ms + self._life_ms
        while self._ended and next(iter(self._ended.values())) <= now_ms:
            self._ended.popitem(last=False)

    def _drop_unused(self, now_ms: int) -> None:
        """Forget tokens that nobody can use any more."""
        for person, issued in list(self._tokens.items()):
            if person not in self._sessions and issued.at_ms + self._life_ms <= now_ms:
                del self._tokens[person]

    def has_ended(self, number: str, now_ms: int) -> bool:
        """Whether a token is known to have ended."""
        return self._ended.get(number, 0) > now_ms

    # --- connections --------------------------------------------------------------------------------------------

    def session_of(self, person: Person) -> str | None:
        """The connection of somebody."""
        return self._sessions.get(person)

    def join(self, person: Person, session: str) -> bool:
        """Somebody is connected; whether that is news."""
        if session in self._over or self._sessions.get(person) == session:
            return False
        before = self._sessions.get(person)
        if before is not None:
            self.note_over(before)
        self._sessions[person] = session
        if person in self._tokens:
            self._tokens[person].is_used = True
        return True

    def leave(self, person: Person) -> str | None:
        """Somebody is not connected any more; gives which connection it was."""
        session = self._sessions.pop(person, None)
        if session is not None:
            self.note_over(session)
        return session

    def note_over(self, session: str) -> None:
        """A connection is over."""
        self._over[session] = None
        while len(self._over) > OVER:
            self._over.popitem(last=False)
