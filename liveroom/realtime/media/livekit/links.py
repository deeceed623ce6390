"""Second tickets: with them people of linked rooms look at each other, since an open LiveKit server forwards nothing
between rooms.

Promise: whoever is on the stage of a linked room has one ticket for each room it is linked to, and no others; who is no
longer entitled is put out of the other room.
"""

from __future__ import annotations

import secrets

from liveroom.realtime.media.events import LinkTicket
from liveroom.realtime.media.livekit.terms import LiveKitTerms
from liveroom.realtime.media.livekit.tokens import make_link_token
from liveroom.realtime.media.places import Person
from liveroom.realtime.media.rights import Rights


class Links:
    """See the module."""

    def __init__(self, terms: LiveKitTerms, rights: Rights) -> None:
        self._terms = terms
        self._rights = rights
        self._given: dict[Person, dict[str, tuple[str, LinkTicket]]] = {}

    def renew(self, person: Person) -> list[str]:
        """Somebody begins anew: the next tickets are new ones. Gives the numbers of those that end."""
        return [number for number, _ in self._given.pop(person, {}).values()]

    def bring(self, person: Person) -> tuple[tuple[LinkTicket, ...], dict[str, str]] | None:
        """Bring somebody's tickets into line with the rights.

        Returns:
            All tickets there are now, and by room the number of each that has ended; None: nothing has changed.
        """
        rights = self._rights
        wanted = rights.linked(person.room) if person in rights.seats else frozenset()
        given = self._given.get(person, {})
        if given.keys() == wanted:
            return None
        ended = {room: given[room][0] for room in given.keys() - wanted}
        after = {room: given.get(room) or self._make(person, room) for room in sorted(wanted)}
        if after:
            self._given[person] = after
        else:
            self._given.pop(person, None)
        return self.of(person), ended

    def of(self, person: Person) -> tuple[LinkTicket, ...]:
        """The tickets of somebody."""
        return tuple(ticket for _, ticket in self._given.get(person, {}).values())

    def _make(self, person: Person, room: str) -> tuple[str, LinkTicket]:
        number = secrets.token_hex(8)
        token = make_link_token(self._terms, room, person.user_id, number, home=person.room)
        return number, LinkTicket(room, self._terms.client_url, token)
