"""Which connections an engine has answered: of whom, on which worker, and by which ticket.

Promise: a connection is known until it is closed or a newer one of the same person stands, also while its worker is
gone and its person is waited for.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from liveroom.realtime.media.events import Ended
from liveroom.realtime.media.places import Person

FINAL = frozenset({Ended.LEFT, Ended.IDLE, Ended.LOST})
"""Ends after which nothing of the person is left; others follow a newer connection, or a command that ended it all."""


@dataclass(slots=True)
class Session:
    """A connection. `worker`: None where it has gone with its worker; `ticket`: its secret."""

    person: Person
    worker: int | None
    ticket: str


class Sessions:
    """See the module."""

    def __init__(self) -> None:
        self._by_name: dict[str, Session] = {}

    def add(self, name: str, session: Session) -> None:
        """An offer is being answered."""
        self._by_name[name] = session

    def drop(self, name: str) -> Session | None:
        """A connection is closed, or was not answered."""
        return self._by_name.pop(name, None)

    def names_of(self, person: Person) -> list[str]:
        """The connections of somebody, the oldest first."""
        return [name for name, each in self._by_name.items() if each.person == person]

    def drop_older(self, name: str, person: Person) -> Collection[int]:
        """A connection stands: those before it are over. Gives the workers that may still have one."""
        names = self.names_of(person)
        older = names[: names.index(name)] if name in names else []
        workers = {self._by_name.pop(each).worker for each in older}
        return {worker for worker in workers if worker is not None}

    def lose(self, worker: int) -> list[tuple[str, Person]]:
        """A worker is gone; gives what stood there, and is waited for."""
        had = [name for name, each in self._by_name.items() if each.worker == worker]
        lost: dict[Person, str] = {}
        for name in had:
            session = self._by_name[name]
            session.worker = None
            if lost.setdefault(session.person, name) != name:
                del self._by_name[name]  # the one before it stands, and this one has not come about
        return [(name, person) for person, name in lost.items()]

    def elsewhere(self, room: str, worker: int) -> list[tuple[str, Person]]:
        """The connections of a room that another worker has, one for each person."""
        found: dict[Person, str] = {}
        for name, each in self._by_name.items():
            if each.person.room == room and each.worker not in (None, worker):
                found.setdefault(each.person, name)
        return [(name, person) for person, name in found.items()]

    def count(self, room: str) -> int:
        """How many a room has."""
        return sum(each.person.room == room for each in self._by_name.values())

    def uses(self, ticket: str) -> bool:
        """Whether anything is connected, or waited for, by a ticket."""
        return any(each.ticket == ticket for each in self._by_name.values())
