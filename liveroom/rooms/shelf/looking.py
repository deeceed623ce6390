"""Counts who looks at which product: taps in the room are gathered, calls of the shop are written as they come (L26).

Promise: only products that are on the shelf are counted; a call of the shop counts once for each key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import orjson

from liveroom.rooms.gathering import Gathered
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Verdict
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.room import Room

LOOK = "product.look"


def looks_scope(room: str) -> str:
    """The scope of the counters that say how often each product was looked at; their names are the products."""
    return f"looks:{room}"


def look_fact(room: str, who: str, key: str, product: str, count: int, now_ms: int) -> Fact:
    """The shop's word that a product was looked at so often."""
    body = orjson.dumps({"product": product, "count": count})
    return Fact(LOOK, room, looks_scope(room), who, key, body, now_ms, {product: count})


class Looks:
    """What was looked at since the last time, by room and product."""

    def __init__(self) -> None:
        self._rooms: dict[str, Counter[str]] = {}

    def add(self, room: Room, product: str) -> None:
        """Somebody looks at a product."""
        if product in room.snapshot.parts.get("products", ()):
            self._rooms.setdefault(room.id, Counter())[product] += 1

    def collect(self) -> Iterable[Gathered]:
        """Hand over what was counted."""
        rooms, self._rooms = self._rooms, {}
        return [Gathered(LOOK, room, looks_scope(room), looks) for room, looks in rooms.items()]


class LookDecider(Decider):
    """`product.look`. The context of a fact is what to add to each product."""

    def decide(self, batch: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Add all of them."""
        changes: Counter[CounterKey] = Counter()
        for fact in batch:
            for product, count in cast(Mapping[str, int], fact.context).items():
                changes[(fact.scope, product)] += count
        return Decision([Verdict(b"{}") for _ in batch], counters=changes)
