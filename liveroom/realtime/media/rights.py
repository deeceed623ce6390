"""Who may send what in which room, who watches, who is muted, and which rooms are linked.

This outlives connections: it is what a worker that was started again is told first.
Promise: no rights without a grant; what is taken away is gone at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from liveroom.realtime.media.events import NOTHING, Kind, Kinds
from liveroom.realtime.media.places import Person


@dataclass(frozen=True, slots=True)
class Seat:
    """A grant: these kinds, on this seat."""

    number: int
    kinds: Kinds


@dataclass(slots=True)
class Rights:
    """See the module."""

    seats: dict[Person, Seat] = field(default_factory=dict)
    watchers: set[Person] = field(default_factory=set)
    muted: dict[Person, Kinds] = field(default_factory=dict)
    links: dict[str, frozenset[str]] = field(default_factory=dict)

    def grant(self, person: Person, number: int, kinds: Kinds) -> None:
        """Let somebody send these kinds and no others."""
        self.seats[person] = Seat(number, kinds)

    def revoke(self, person: Person) -> Kinds:
        """Take back a grant and what was muted with it, which is given."""
        self.seats.pop(person, None)
        return self.muted.pop(person, NOTHING)

    def forget(self, person: Person) -> None:
        """Take back everything."""
        self.revoke(person)
        self.watchers.discard(person)

    def mute(self, person: Person, kind: Kind, muted: bool) -> Kinds:
        """Mute or unmute a kind; gives all that is muted now."""
        before = self.muted.get(person, NOTHING)
        after = before | {kind} if muted else before - {kind}
        self.muted[person] = after
        return after

    def may_send(self, person: Person, kind: Kind) -> bool:
        """Whether what somebody sends of this kind is forwarded."""
        seat = self.seats.get(person)
        return seat is not None and kind in seat.kinds and kind not in self.muted.get(person, NOTHING)

    def receives(self, person: Person) -> bool:
        """Whether somebody is shown the stage."""
        return person in self.seats or person in self.watchers

    def link(self, room_a: str, room_b: str) -> None:
        """Link two rooms; either may be linked to others too."""
        self.links[room_a] = self.linked(room_a) | {room_b}
        self.links[room_b] = self.linked(room_b) | {room_a}

    def unlink(self, room_a: str, room_b: str) -> None:
        """End the link of two rooms."""
        for room, other in ((room_a, room_b), (room_b, room_a)):
            left = self.linked(room) - {other}
            if left:
                self.links[room] = left
            else:
                self.links.pop(room, None)

    def linked(self, room: str) -> frozenset[str]:
        """The rooms that a room is linked to."""
        return self.links.get(room, frozenset())

    def joined(self, room: str) -> frozenset[str]:
        """A room and all that are linked to it, also by others."""
        found, left = {room}, [room]
        while left:
            new = self.linked(left.pop()) - found
            found |= new
            left += new
        return frozenset(found)

    def shown_in(self, room: str) -> list[Person]:
        """Who can be seen in a room: its own people, then those of linked rooms, each in the order of seats."""
        others = [person for linked in sorted(self.linked(room)) for person in self._of(linked)]
        return [*self._of(room), *others]

    def _of(self, room: str) -> list[Person]:
        found = [(seat.number, person) for person, seat in self.seats.items() if person.room == room]
        return [person for _, person in sorted(found)]

    def people_of(self, room: str) -> Iterator[Person]:
        """Everybody who has any right in a room."""
        yield from {person for person in {*self.seats, *self.watchers, *self.muted} if person.room == room}
