"""The tickets of an engine, in memory.

Promise: a ticket is a secret of 192 bits and belongs to one person in one room; the newest is the only one. There are
at most `MOST` at a time; those that have ended make room first.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from liveroom.realtime.media.base import TICKET_S
from liveroom.realtime.media.errors import MediaOverloaded, TicketRefused

MOST = 20_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What a ticket is for; `watches`: to receive without being on the stage."""

    secret: str
    room: str
    user_id: str
    expires_at_ms: int
    watches: bool


class Tickets:
    """See the module."""

    def __init__(self) -> None:
        self._by_secret: dict[str, Entry] = {}
        self._by_person: dict[tuple[str, str], Entry] = {}

    def issue(self, room: str, user_id: str, now_ms: int, *, watches: bool) -> Entry:
        """A new ticket; an older one of the same person in the room ends.

        Raises:
            MediaOverloaded: there are too many.
        """
        self.withdraw(room, user_id)
        if len(self._by_secret) >= MOST:
            self.drop_ended(now_ms)
            if len(self._by_secret) >= MOST:
                raise MediaOverloaded
        entry = Entry(f"mt_{secrets.token_urlsafe(24)}", room, user_id, now_ms + int(TICKET_S * 1000), watches)
        self._by_secret[entry.secret] = self._by_person[(room, user_id)] = entry
        return entry

    def find(self, secret: str, now_ms: int) -> Entry:
        """The ticket with this secret.

        Raises:
            TicketRefused: there is none, or it has ended.
        """
        entry = self._by_secret.get(secret)
        if entry is None or entry.expires_at_ms <= now_ms:
            raise TicketRefused
        return entry

    def of(self, room: str, user_id: str) -> Entry | None:
        """The ticket of a person."""
        return self._by_person.get((room, user_id))

    def of_room(self, room: str) -> list[Entry]:
        """All tickets of a room."""
        return [entry for entry in self._by_secret.values() if entry.room == room]

    def withdraw(self, room: str, user_id: str) -> None:
        """End somebody's ticket."""
        entry = self._by_person.pop((room, user_id), None)
        if entry is not None:
            del self._by_secret[entry.secret]

    def drop_ended(self, now_ms: int) -> None:
        """Forget those whose time is over."""
        for entry in [each for each in self._by_secret.values() if each.expires_at_ms <= now_ms]:
            self.withdraw(entry.room, entry.user_id)
