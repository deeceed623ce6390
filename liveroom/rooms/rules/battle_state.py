"""What a battle is: the state of `battle.py`.

Promise: the state is the whole document, for all rooms in it; times are epoch ms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.battle_terms import BattleTerms
from liveroom.rooms.messages.battle_view import (
    Answer,
    BattleMode,
    BattleResult,
    BattleStatus,
    Closing,
    Ending,
    Out,
)
from liveroom.rooms.messages.people import Person

INVITED, READY, RUNNING = BattleStatus.INVITED, BattleStatus.READY, BattleStatus.RUNNING
OVERTIME, COUNTING, SETTLED = BattleStatus.OVERTIME, BattleStatus.COUNTING, BattleStatus.SETTLED
PUNISHMENT, REMATCH, ENDED = BattleStatus.PUNISHMENT, BattleStatus.REMATCH, BattleStatus.ENDED
FIGHTING = frozenset({RUNNING, OVERTIME})
SHOWN = frozenset(BattleStatus) - {INVITED, ENDED}
"""What the audience of the rooms sees."""


def tally_of(battle: str, round_: int) -> str:
    """The name under which the points of a round are counted."""
    return f"battle:{battle}.{round_}"


@dataclass(frozen=True, slots=True)
class Party:
    """One room in a battle.

    Args:
        lost_at_ms: since when its host is away; None: there.
        is_away: for so long that everybody is told.
        out: why it cannot win the round any more.
        agrees: to the end of what runs, or of the punishment.
        has_left: its show is over.
        wins: rounds.
    """

    room: str
    host: Person
    side: int
    answer: Answer = Answer.WAITING
    lost_at_ms: int | None = None
    is_away: bool = False
    out: Out | None = None
    agrees: bool = False
    rematch: bool = False
    has_left: bool = False
    wins: int = 0

    @property
    def is_in(self) -> bool:
        """Whether it has joined and can still win."""
        return self.answer is Answer.JOINED and self.out is None


@dataclass(frozen=True, slots=True)
class BattleState:
    """The document of a battle.

    Args:
        by: the room that invited; None: a match.
        until_ms: when the status ends by itself.
        ending: why the round is over; from `counting` on.
        asked: how often the score was asked for.
        overtimes: of the round.
        result: of the last round that is over.
        closed: why it has ended.
        version: counts its changes.
    """

    id: str
    mode: BattleMode
    by: str | None
    terms: BattleTerms
    duration_s: int
    parties: tuple[Party, ...]
    status: BattleStatus
    since_ms: int
    until_ms: int | None
    created_at_ms: int
    round: int = 1
    starts_at_ms: int | None = None
    ends_at_ms: int | None = None
    ending: Ending | None = None
    asked: int = 0
    overtimes: int = 0
    result: BattleResult | None = None
    closed: Closing | None = None
    version: int = 1

    @property
    def rooms(self) -> tuple[str, ...]:
        """The rooms that have joined."""
        return tuple(party.room for party in self.parties if party.answer is Answer.JOINED)

    @property
    def joined(self) -> tuple[Party, ...]:
        """The parties that have joined."""
        return tuple(party for party in self.parties if party.answer is Answer.JOINED)

    @property
    def sides_in(self) -> frozenset[int]:
        """The sides that can still win."""
        return frozenset(party.side for party in self.parties if party.is_in)

    @property
    def tally(self) -> str:
        """The name under which the points of the round are counted."""
        return tally_of(self.id, self.round)

    def find(self, room: str) -> Party | None:
        """The party of a room."""
        return next((party for party in self.parties if party.room == room), None)

    def party(self, room: str) -> Party:
        """The party of a room.

        Raises:
            Refusal: `not_found`.
        """
        party = self.find(room)
        if party is None:
            raise Refusal(ErrorCode.NOT_FOUND, "this room is not in the battle", field="battle", room=room)
        return party

    def with_party(self, changed: Party) -> BattleState:
        """The state with one party replaced; the same object when that changes nothing."""
        if self.party(changed.room) == changed:
            return self
        parties = tuple(changed if party.room == changed.room else party for party in self.parties)
        return replace(self, parties=parties)
