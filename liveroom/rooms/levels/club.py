"""The decider of the fan club: who joins, who leaves, and how many there are (L15).

Promise: joining twice is joining once; the size is counted in the transaction that changes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, cast

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.wire import encode_event, encode_value
from liveroom.rooms.committed_events import room_message
from liveroom.rooms.committed_latest import latest_message
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.levels.deeds import LevelTerms, fans_scope
from liveroom.rooms.levels.telling import my_club, tell_standings
from liveroom.rooms.messages.club import NAMED, ClubAck, ClubEntered, ClubSize
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.rules.points import Fan, standing_of
from liveroom.rooms.storage.fans import FanRows, Pair
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.webhook_events import webhook_batch

CHANGE = "club.change"
MEMBERS, MOVES = "members", "moves"


class Wish(NamedTuple):
    """The context of a fact: whether somebody wants to be a member, as they are shown, and the terms of the room."""

    joins: bool
    name: str
    demo: bool
    level: int
    terms: LevelTerms


def club_fact(room: str, user_id: str, key: str, wish: Wish, now_ms: int) -> Fact:
    """The wish to join or to leave."""
    body = orjson.dumps({"join": wish.joins})
    return Fact(CHANGE, room, fans_scope(room), user_id, key, body, now_ms, wish)


class ClubDecider(Decider):
    """`club.change`. The context of a fact is a `Wish`."""

    def __init__(self, dialect: DialectName) -> None:
        self._rows = FanRows(dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The size of each club."""
        return Needs(counters=frozenset((fact.scope, name) for fact in facts for name in (MEMBERS, MOVES)))

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> dict[Pair, Fan]:
        """The rows of those who join or leave."""
        return await self._rows.load(connection, {(fact.room, fact.subject) for fact in facts})

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Let them in and out in their order."""
        rooms: dict[str, _Roll] = {}
        verdicts = [rooms.setdefault(fact.room, _Roll(fact, loaded, now_ms)).rule(fact) for fact in facts]
        changes: Counter[CounterKey] = Counter()
        for roll in rooms.values():
            changes.update(roll.changes())
        own = {who: fan for roll in rooms.values() for who, fan in roll.changed.items()}
        messages = [message for roll in rooms.values() for message in roll.messages()]
        return Decision(verdicts, counters=changes, messages=messages, own=own or None)

    async def store(self, connection: AsyncConnection, own: Mapping[Pair, Fan]) -> None:
        """Write the rows."""
        await self._rows.store(connection, own)


class _Roll:
    """The club of one room while a batch is ruled on."""

    def __init__(self, fact: Fact, loaded: Loaded, now_ms: int) -> None:
        self._room, self._scope, self._now_ms = fact.room, fact.scope, now_ms
        self._before = cast(Mapping[Pair, Fan], loaded.own)
        self._terms = cast(Wish, fact.context).terms
        self._members, self._moves = (loaded.counters[(fact.scope, name)] for name in (MEMBERS, MOVES))
        self._was = (self._members, self._moves)
        self._joined: dict[str, Visitor] = {}
        self._webhooks: list[tuple[str, Mapping[str, object]]] = []
        self.changed: dict[Pair, Fan] = {}

    def rule(self, fact: Fact) -> Verdict:
        """One wish; what is so already is no fact."""
        wish = cast(Wish, fact.context)
        who = (fact.room, fact.subject)
        fan = self.changed.get(who) or self._before.get(who) or Fan(fact.subject, wish.name, wish.demo)
        is_change = wish.joins == (fan.member_since_ms is None)
        if is_change:
            fan = replace(fan, name=wish.name, demo=wish.demo, member_since_ms=self._now_ms if wish.joins else None)
            self.changed[who] = fan
            self._members += 1 if wish.joins else -1
            self._moves += 1
            self._note(fan, wish)
        ack = ClubAck(club=my_club(fan, self._terms), members=self._members)
        return Verdict(encode_value(ack), keep=is_change)

    def changes(self) -> Mapping[CounterKey, int]:
        """What to add to the counters."""
        members, moves = self._was
        return {(self._scope, MEMBERS): self._members - members, (self._scope, MOVES): self._moves - moves}

    def messages(self) -> Sequence[Message]:
        """What is told."""
        if not self.changed:
            return []
        terms = {self._room: self._terms}
        told = tell_standings(
            [(room, self._before.get((room, user)), fan) for (room, user), fan in self.changed.items()],
            terms,
            self._now_ms,
        )
        if self._joined:
            entered = ClubEntered(users=tuple(self._joined.values())[:NAMED], count=len(self._joined))
            told.append(
                room_message(self._room, [Event("club.entered", encode_event("club.entered", self._now_ms, entered))])
            )
        told.append(latest_message(self._room, ClubSize(members=self._members), (0, self._moves)))
        told.append(webhook_batch(self._room, self._webhooks))
        return told

    def _note(self, fan: Fan, wish: Wish) -> None:
        data: dict[str, object] = {"user_id": fan.user_id, "at": self._now_ms}
        self._webhooks.append(("club.joined" if wish.joins else "club.left", data))
        if not wish.joins:
            self._joined.pop(fan.user_id, None)
            return
        club = standing_of(fan, self._terms.levels, self._terms.club).club
        self._joined[fan.user_id] = Visitor(id=fan.user_id, name=fan.name, level=wish.level, club=club, demo=fan.demo)
