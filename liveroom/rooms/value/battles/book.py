"""The points of a battle while a batch of facts is ruled on: what is there, what the batch adds, what is told then.

Promise: pure once it is loaded; scores told are absolute and those of the commit. A room without a battle costs one
look-up for each batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.boards import Entry, total_message
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages.battle_view import SUPPORTERS, Supporter
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.rules import battle_score
from liveroom.rooms.rules.battle_score import Gain, Tally
from liveroom.rooms.rules.battle_state import FIGHTING, BattleState
from liveroom.rooms.storage import combos
from liveroom.rooms.storage.battle_points import lock_documents, read_counters, read_sums, read_supporters
from liveroom.rooms.storage.claims import find_owners
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.portable import dialect_of
from liveroom.rooms.value.battles.machine import BATTLE, ROOM_CLAIM
from liveroom.rooms.value.battles.telling import FIELD, SCORES, score_entry, score_key

Who = tuple[str, str]
"""Room and user id."""
PARTS = ("score", "likes", "votes", "task")


@dataclass(slots=True)
class BattleBook:
    """The points of one battle.

    Args:
        counts: counters of the round.
        sums: gifts and points of the people of the batch.
        tops: supporters of the rooms of the batch.
    """

    state: BattleState
    counts: Mapping[str, int]
    sums: dict[Who, tuple[int, int]]
    tops: Mapping[str, tuple[Supporter, ...]]
    added: dict[str, int] = field(default_factory=dict)
    gains: dict[Who, combos.Gain] = field(default_factory=dict)

    def tally(self, room: str) -> Tally:
        """What a room has so far."""
        return Tally(*(self._count(f"{part}:{room}") for part in PARTS))

    def gift(self, room: str, by: Visitor, count: int, amount: int, now_ms: int) -> Gain:
        """Gifts to the host of a room."""
        gifts, _ = self.sums.get((room, by.id), (0, 0))
        gain = battle_score.gift(self.state, room, amount, self.tally(room), now_ms, is_first=not gifts)
        if battle_score.is_open(self.state, room, now_ms):
            self._add(room, gain, by, count)
        return gain

    def vote(self, room: str, by: Visitor, now_ms: int) -> Gain:
        """A vote for a room."""
        gain = battle_score.vote(self.state, room, self.tally(room), now_ms)
        self._add(room, gain, by, 0)
        return gain

    def likes(self, room: str, count: int, now_ms: int) -> Gain:
        """Likes in a room."""
        gain = battle_score.likes(self.state, room, count, self.tally(room), now_ms)
        self._add(room, gain, None, 0)
        return gain

    def counters(self) -> Mapping[CounterKey, int]:
        """What is to be added to the counters."""
        return {(self.state.tally, name): change for name, change in self.added.items()}

    def messages(self) -> Sequence[Message]:
        """The scores that have changed, to each room of the battle."""
        changed = [room for room in self.state.rooms if f"n:{room}" in self.added]
        entries: dict[str, Entry] = {score_key(self.state, room): self._entry(room) for room in changed}
        if not entries:
            return ()
        return [total_message(room, SCORES, FIELD, entries) for room in self.state.rooms]

    def _entry(self, room: str) -> Entry:
        tally = self.tally(room)
        return score_entry(self.state, room, self._count(f"n:{room}"), tally.score, tally.task, self._top(room))

    def _top(self, room: str) -> tuple[Supporter, ...]:
        top = {each.user.id: each for each in self.tops.get(room, ())}
        for (at, user_id), gain in self.gains.items():
            if at == room:
                top[user_id] = Supporter(user=gain.by, points=min(LARGEST_SUM, self.sums[(room, user_id)][1]))
        best = sorted(top.values(), key=lambda each: (-each.points, each.user.id))
        return tuple(each for each in best if each.points)[:SUPPORTERS]

    def _count(self, name: str) -> int:
        return self.counts.get(name, 0) + self.added.get(name, 0)

    def _add(self, room: str, gain: Gain, by: Visitor | None, gifts: int) -> None:
        if not gain.points and not gifts:
            return
        for part, points in zip(PARTS, gain, strict=True):
            if points:
                self.added[f"{part}:{room}"] = self.added.get(f"{part}:{room}", 0) + points
        self.added[f"n:{room}"] = self.added.get(f"n:{room}", 0) + 1
        if by is None:
            return
        before = self.sums.get((room, by.id), (0, 0))
        self.sums[(room, by.id)] = (before[0] + gifts, before[1] + gain.points)
        so_far = self.gains.get((room, by.id))
        was = (so_far.gifts, so_far.amount) if so_far else (0, 0)
        self.gains[(room, by.id)] = combos.Gain(room, self.state.tally, by, was[0] + gifts, was[1] + gain.points)


async def load_books(connection: AsyncConnection, people: Collection[Who]) -> Mapping[str, BattleBook]:
    """The battles that run in the rooms of some people, by room; rooms without one are absent."""
    keys = {(ROOM_CLAIM, room) for room, _ in people}
    owners = await find_owners(connection, keys, dialect_of(connection)) if keys else {}
    if not owners:
        return {}
    books = {book.state.id: book for book in await load_battles(connection, set(owners.values()), people)}
    return {room: books[owner] for room, owner in owners.items() if owner in books}


async def load_battles(
    connection: AsyncConnection, ids: Collection[str], people: Iterable[Who]
) -> Sequence[BattleBook]:
    """Battles that run, by id, with what the people concerned have so far."""
    found = [read_state(BATTLE, document) for document in await lock_documents(connection, BATTLE.kind, ids)]
    running = [state for state in found if state.status in FIGHTING]
    if not running:
        return []
    counts = await read_counters(connection, {state.tally for state in running})
    books: list[BattleBook] = []
    for state in running:
        mine = [who for who in people if who[0] in state.rooms]
        sums = await read_sums(connection, state.tally, mine) if mine else {}
        tops = await read_supporters(connection, state.tally, {room for room, _ in mine})
        books.append(BattleBook(state, counts[state.tally], dict(sums), tops))
    return books


async def store_gains(connection: AsyncConnection, books: Iterable[BattleBook]) -> None:
    """Write who made the points."""
    gains = [gain for book in books for gain in book.gains.values()]
    await combos.add_gains(connection, gains, over_all=False)
