"""The decider of likes in battles: what a node has taken of them in some moments, as one fact (L17).

Promise: a fact counts once, while its round runs, up to the cap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Verdict
from liveroom.rooms.value.battles.book import BattleBook, load_battles

LIKE = "battle.like"


class Liked(NamedTuple):
    """The context of a fact: likes in one of the rooms of a battle."""

    battle: str
    room: str
    likes: int


def like_fact(liked: Liked, tally: str, node: str, key: str, now_ms: int) -> Fact:
    """Likes taken by a node. No user id has a space in it."""
    body = orjson.dumps({"room": liked.room, "likes": liked.likes})
    return Fact(LIKE, liked.room, tally, f"node {node}", key, body, now_ms, liked)


class CountLikes(Decider):
    """`battle.like`. The scope of its facts is the round, their context a `Liked`."""

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Mapping[str, BattleBook]:
        """The battles, by the name of the round."""
        liked = [cast(Liked, fact.context) for fact in facts]
        # Named without a person, so that the supporters of these rooms are read.
        books = await load_battles(connection, {each.battle for each in liked}, {(each.room, "") for each in liked})
        return {book.state.tally: book for book in books}

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Count them."""
        books = cast(Mapping[str, BattleBook], loaded.own)
        verdicts = []
        for fact in facts:
            liked, book = cast(Liked, fact.context), books.get(fact.scope)
            points = 0 if book is None else book.likes(liked.room, liked.likes, now_ms).points
            verdicts.append(Verdict(orjson.dumps({"points": points}), keep=points > 0))
        counters = {name: change for book in books.values() for name, change in book.counters().items()}
        return Decision(
            verdicts,
            counters=counters,
            messages=[message for book in books.values() for message in book.messages()],
        )
