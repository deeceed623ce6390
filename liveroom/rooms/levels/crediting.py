"""The decider of points: credits what was gathered, and tells who has another level (L15).

Promise: a fact is credited once; the caps of a day hold over all nodes, since a room's rows are locked by its scope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Verdict
from liveroom.rooms.levels.deeds import Credits, LevelTerms
from liveroom.rooms.levels.telling import tell_standings
from liveroom.rooms.rules.points import Fan, credit, day_of, standing_of
from liveroom.rooms.rules.standing import NOBODY, Standing
from liveroom.rooms.storage.fans import FanRows, Pair
from liveroom.rooms.storage.portable import DialectName


class CreditDecider(Decider):
    """`points.credit`. The context of a fact is its `Credits`."""

    def __init__(self, dialect: DialectName) -> None:
        self._rows = FanRows(dialect)

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> dict[Pair, Fan]:
        """The rows of everybody who did something."""
        people = {(fact.room, each.user_id) for fact in facts for each in _credits(fact).deeds}
        return await self._rows.load(connection, people)

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Credit all of it."""
        before = cast(Mapping[Pair, Fan], loaded.own)
        after: dict[Pair, Fan] = {}
        terms: dict[str, LevelTerms] = {}
        for fact in facts:
            credits = _credits(fact)
            terms[fact.room] = credits.terms
            day = day_of(now_ms, credits.terms.utc_offset_min)
            for deeds in credits.deeds:
                who = (fact.room, deeds.user_id)
                fan = after.get(who) or before.get(who) or Fan(deeds.user_id, deeds.name, deeds.demo)
                after[who] = credit(fan, deeds, day, credits.terms.levels)
        risen = [who for who in after if _stands(after[who], terms[who[0]]) != _stands(before.get(who), terms[who[0]])]
        told = tell_standings([(who[0], before.get(who), after[who]) for who in risen], terms, now_ms)
        return Decision([Verdict(b"{}") for _ in facts], messages=told, own=after or None)

    async def store(self, connection: AsyncConnection, own: Mapping[Pair, Fan]) -> None:
        """Write the rows."""
        await self._rows.store(connection, own)


def _stands(fan: Fan | None, terms: LevelTerms) -> Standing:
    return standing_of(fan, terms.levels, terms.club) if fan is not None else NOBODY


def _credits(fact: Fact) -> Credits:
    return cast(Credits, fact.context)
