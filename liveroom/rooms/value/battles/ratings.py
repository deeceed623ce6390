"""Ratings of hosts: changed once by each round that is settled, and read for the search (L16).

Promise: a round changes each rating once, whoever tells of it and however often; the ratings it reckons with are those
of the moment it is kept. A rating is kept as what it differs from the one everybody starts with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, cast

import orjson

from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.rules.battle_state import tally_of
from liveroom.rooms.rules.rating import START, Standing, changes
from liveroom.rooms.storage.battle_points import read_counters
from liveroom.rooms.storage.database import Database

RATE = "battle.rate"
RATING, ROUNDS, WINS = "rating", "rounds", "wins"


class Placed(NamedTuple):
    """A host in a round that is settled. `rank`: of the side."""

    host: str
    side: int
    rank: int


def rating_scope(host: str) -> str:
    """Under which the numbers of a host are counted."""
    return f"battle_rating:{host}"


def rate_fact(room: str, battle: str, round_: int, places: Sequence[Placed], now_ms: int) -> Fact:
    """A round that is settled. Its subject is the battle; no user id has a space in it."""
    body = orjson.dumps({"places": [list(placed) for placed in places]})
    scope, subject = tally_of(battle, round_), f"battle {battle}"
    return Fact(RATE, room, scope, subject, str(round_), body, now_ms, tuple(places))


class RateHosts(Decider):
    """`battle.rate`; the context of a fact is its places."""

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The ratings so far."""
        hosts = {placed.host for fact in facts for placed in cast(Sequence[Placed], fact.context)}
        return Needs(counters=frozenset((rating_scope(host), RATING) for host in hosts))

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Change the ratings, one round after the other."""
        added: dict[tuple[str, str], int] = {}
        verdicts = []
        for fact in facts:
            places = cast(Sequence[Placed], fact.context)
            standings = []
            for placed in places:
                key = (rating_scope(placed.host), RATING)
                rating = START + loaded.counters[key] + added.get(key, 0)
                standings.append(Standing(placed.host, placed.side, placed.rank, rating))
            changed = changes(standings)
            for placed in places:
                has_won = placed.rank == 1 and all(other.side == placed.side or other.rank > 1 for other in places)
                for name, change in ((RATING, changed[placed.host]), (ROUNDS, 1), (WINS, int(has_won))):
                    key = (rating_scope(placed.host), name)
                    added[key] = added.get(key, 0) + change
            verdicts.append(Verdict(orjson.dumps(changed)))
        return Decision(verdicts, counters=added)


class Rated(NamedTuple):
    """The numbers of a host."""

    rating: int
    rounds: int
    wins: int


class Ratings:
    """Reads them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, hosts: Collection[str]) -> Mapping[str, Rated]:
        """The numbers of some hosts; those who never fought have the rating everybody starts with."""
        async with self._database.read() as connection:
            found = await read_counters(connection, {rating_scope(host) for host in hosts})
        counts = {host: found[rating_scope(host)] for host in hosts}
        return {
            host: Rated(START + each.get(RATING, 0), each.get(ROUNDS, 0), each.get(WINS, 0))
            for host, each in counts.items()
        }
