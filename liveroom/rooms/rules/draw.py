"""How winners are drawn (L28): from a seed that was bound before anybody entered, and the tickets of all who did.

Promise: pure, and only SHA-256 over text that is told in the end, so that anyone can work it out again in any
language (docs/lottery.md). Each ticket has the same chance; nobody wins twice.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from hashlib import blake2b, sha256
from itertools import islice

import orjson

from liveroom.rooms.messages.lottery import Prize

FORMAT = "liveroom.lottery/1"
TICKET_BYTES = 12


def commit(lottery_id: str, seed: str, prizes: Sequence[Prize]) -> str:
    """The commitment: binds the seed (hex) to this lottery and its prizes, and does not give it away."""
    listed = orjson.dumps([[prize.name, prize.count] for prize in prizes]).decode()
    return _sha256(FORMAT, lottery_id, seed, listed)


def make_ticket(secret: str, user_id: str) -> str:
    """The ticket of an entrant: nobody who has not the secret (hex) can tell whose it is."""
    return blake2b(user_id.encode(), key=bytes.fromhex(secret), digest_size=TICKET_BYTES).hexdigest()


class Urn:
    """The tickets of a lottery in the order of their numbers, put in piece by piece."""

    def __init__(self) -> None:
        self.tickets: list[str] = []
        self._sum = sha256()

    def add(self, tickets: Sequence[str]) -> None:
        """Put in the next tickets."""
        for ticket in tickets:
            self._sum.update(ticket.encode() + b"\n")
        self.tickets.extend(tickets)

    @property
    def entries_hash(self) -> str:
        """SHA-256 of all tickets, each followed by a line break."""
        return self._sum.hexdigest()


class Drawing:
    """Finds the winners of an urn, piece by piece: those with the lowest scores.

    Args:
        places: how many can win.
    """

    def __init__(self, lottery_id: str, seed: str, entries_hash: str, places: int) -> None:
        self._key = _sha256(FORMAT, lottery_id, seed, entries_hash)
        self._places = places
        self._best: list[tuple[str, int]] = []

    def look(self, first_number: int, tickets: Sequence[str]) -> None:
        """Score the next tickets; the first of them has this number."""
        scored = ((score(self._key, number, each), number) for number, each in enumerate(tickets, first_number))
        self._best = heapq.nsmallest(self._places, [*self._best, *scored])

    def numbers(self) -> list[int]:
        """The numbers that win, the lowest score first."""
        return [number for _, number in self._best]


def score(key: str, number: int, ticket: str) -> str:
    """The score of a ticket; the lowest ones win."""
    return _sha256(key, str(number), ticket)


def draw(lottery_id: str, seed: str, urn: Urn, places: int) -> list[int]:
    """The numbers that win, all at once."""
    drawing = Drawing(lottery_id, seed, urn.entries_hash, places)
    drawing.look(1, urn.tickets)
    return drawing.numbers()


def hand_out(prizes: Sequence[Prize], numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Prize (its place in the list) and number of each winner: the lowest score gets the first prize."""
    each = (place for place, prize in enumerate(prizes) for _ in range(prize.count))
    return list(zip(islice(each, len(numbers)), numbers, strict=True))


def places(prizes: Sequence[Prize]) -> int:
    """How many can win."""
    return sum(prize.count for prize in prizes)


def _sha256(*lines: str) -> str:
    return sha256("\n".join(lines).encode()).hexdigest()
