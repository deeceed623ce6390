"""A battle (PK) as everybody sees it (L16-L19).

Promise: the view is whole and carries its version, so the newest one alone is enough; times are of the server's clock.
Scores change too often for it: they are told by `battle_scores`, and are part of the result once they are frozen.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.battle_terms import BattleTerms, Duration
from liveroom.rooms.messages.money import LARGEST_SUM
from liveroom.rooms.messages.people import EpochMs, ItemId, Person, Visitor

MOST_PARTIES = 4
MOST_ROUNDS = 20
SUPPORTERS = 3

BattleId = Annotated[ItemId, Field(description="id of the battle")]
Side = Annotated[int, Field(ge=1, le=MOST_PARTIES, description="rooms of one side win and lose together")]
Score = Annotated[int, Field(ge=0, le=LARGEST_SUM, description="points of the round")]
Round = Annotated[int, Field(ge=1, le=MOST_ROUNDS, description="a rematch is another round of the same battle")]


class BattleMode(StrEnum):
    """Who stands against whom."""

    DUEL = "duel"
    TEAMS = "teams"
    SOLO = "solo"
    ONE_AGAINST_ALL = "one_against_all"


class BattleStatus(StrEnum):
    """Where a battle is."""

    INVITED = "invited"
    READY = "ready"
    RUNNING = "running"
    OVERTIME = "overtime"
    COUNTING = "counting"
    SETTLED = "settled"
    PUNISHMENT = "punishment"
    REMATCH = "rematch"
    ENDED = "ended"


class Answer(StrEnum):
    """What a room has said to the invitation; whoever invites has joined."""

    WAITING = "waiting"
    JOINED = "joined"
    REFUSED = "refused"
    MISSED = "missed"


class Out(StrEnum):
    """Why a room can no longer win the round."""

    QUIT = "quit"
    LOST = "lost"
    ENDED = "ended"


class Ending(StrEnum):
    """Why a round is over."""

    TIME_UP = "time_up"
    FORFEIT = "forfeit"
    CONSENT = "consent"


class Closing(StrEnum):
    """Why a battle has ended."""

    CANCELLED = "cancelled"
    DECLINED = "declined"
    EXPIRED = "expired"
    LEFT = "left"
    OVER = "over"


class PartyView(Model):
    """One room in a battle."""

    room: RoomId
    host: Person
    side: Side
    answer: Answer
    away: Annotated[bool, Field(description="the host has lost the connection for some seconds")] = False
    out: Annotated[Out | None, Field(description="has given up or was away for too long; absent: no")] = None
    agrees: Annotated[bool, Field(description="wants the end of what runs, or of the punishment")] = False
    rematch: Annotated[bool, Field(description="wants another round")] = False
    wins: Annotated[int, Field(ge=0, le=MOST_ROUNDS, description="rounds won so far")] = 0


class Supporter(Model):
    """Somebody and the points they made for a room."""

    user: Visitor
    points: Score


class Place(Model):
    """What the round came to for one room."""

    room: RoomId
    side: Side
    rank: Annotated[int, Field(ge=1, le=MOST_PARTIES, description="of its side; equal ones share it")]
    score: Score
    supporters: Annotated[tuple[Supporter, ...], Field(max_length=SUPPORTERS, description="most points first")] = ()


class BattleResult(Model):
    """A round that is over; never changes."""

    round: Round
    ending: Ending
    winner: Annotated[Side | None, Field(description="absent: a draw")] = None
    places: Annotated[tuple[Place, ...], Field(max_length=MOST_PARTIES, description="best first")]
    settled_at: EpochMs


class BattleView(Model):
    """A battle."""

    id: BattleId
    version: Annotated[int, Field(ge=1, le=2**53 - 1, description="counts its changes; the highest is newest")]
    round: Round = 1
    status: BattleStatus
    mode: BattleMode
    by: Annotated[RoomId | None, Field(description="the room that invited; absent: found by the search")] = None
    parties: Annotated[
        tuple[PartyView, ...],
        Field(
            max_length=MOST_PARTIES, description="all that are invited; from the countdown on those that have joined"
        ),
    ]
    terms: BattleTerms
    duration_s: Duration
    since: Annotated[EpochMs, Field(description="when the status began")]
    until: Annotated[EpochMs | None, Field(description="when the status ends by itself")] = None
    starts_at: Annotated[EpochMs | None, Field(description="of the round; absent while invited")] = None
    ends_at: Annotated[EpochMs | None, Field(description="of the round, with its overtime")] = None
    result: Annotated[BattleResult | None, Field(description="of the last round that is over")] = None
    closed: Annotated[Closing | None, Field(description="why it has ended")] = None
