"""Battles (PK) on the wire (L16-L19): what hosts say, how viewers vote, and what everybody is told.

Promise: `battle.changed` carries the whole public view with its version, so the newest one alone is enough. Scores are
absolute, so a lost one heals with the next.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import HOSTS, Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.battle_terms import Duration, InviteS
from liveroom.rooms.messages.battle_view import (
    MOST_PARTIES,
    SUPPORTERS,
    BattleId,
    BattleMode,
    BattleView,
    Round,
    Score,
    Supporter,
)
from liveroom.rooms.messages.people import Count, EpochMs

HOST_PACE = Rate(per_s=2, burst=10)
INVITE_PACE = Rate(per_s=0.5, burst=5)
VOTERS = frozenset({Role.VIEWER, Role.MODERATOR})
MOST_INVITATIONS = 20
"""Open ones for one room; more are refused."""


class Obstacle(StrEnum):
    """Why there can be no battle; `reason` of the refusal."""

    OFF = "off"
    NOT_LIVE = "not_live"
    BUSY = "busy"
    TOO_MANY = "too_many_invitations"


class BattleAck(Model):
    """The battle after the command."""

    battle: BattleView


class OfBattle(Model):
    """Something about one battle."""

    battle: BattleId


@command("battle.invite", roles=HOSTS, rate=INVITE_PACE, ack=BattleAck)
class InviteBattle(Model):
    """Invite rooms to a battle. An invitation back to the only room invited accepts theirs."""

    opponents: Annotated[
        tuple[RoomId, ...],
        Field(min_length=1, max_length=MOST_PARTIES - 1, strict=False, description="rooms on the other side or sides"),
    ]
    mode: Annotated[BattleMode, Field(strict=False)] = BattleMode.DUEL
    partner: Annotated[RoomId | None, Field(description="on the own side; in `teams` alone")] = None
    invite_s: Annotated[InviteS | None, Field(description="absent: as the scene says")] = None
    duration_s: Annotated[Duration | None, Field(description="absent: as the scene says")] = None


@command("battle.accept", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class AcceptBattle(OfBattle):
    """Join the battle. An own invitation that nobody has accepted yet is taken back."""


@command("battle.refuse", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class RefuseBattle(OfBattle):
    """Do not join, or no longer; only before it begins."""


@command("battle.cancel", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class CancelBattle(OfBattle):
    """Take the invitation back."""


@command("battle.agree_end", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class AgreeEndBattle(OfBattle):
    """Want the round to end now; it ends when all want it, and the points decide."""


@command("battle.go_on", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class GoOnBattle(OfBattle):
    """Want the round to go on; whoever wanted its end has to ask again."""


@command("battle.quit", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class QuitBattle(OfBattle):
    """Give up: the others have won."""


@command("battle.cut_short", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class CutShortBattle(OfBattle):
    """Want the punishment to end; the word of a winner is enough, else all have to want it."""


@command("battle.rematch", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class RematchBattle(OfBattle):
    """Want another round; it begins when all want it."""


@command("battle.decline_rematch", roles=HOSTS, rate=HOST_PACE, ack=BattleAck)
class DeclineRematchBattle(OfBattle):
    """Want no other round."""


class VoteOutcome(StrEnum):
    """What became of a vote."""

    COUNTED = "counted"
    ALREADY_VOTED = "already_voted"
    NOT_RUNNING = "not_running"
    NOT_OFFERED = "not_offered"


class BattleVoteAck(Model):
    """The answer to a vote."""

    outcome: VoteOutcome
    points: Annotated[Score, Field(description="that it made; 0 above the cap")] = 0


@command("battle.vote", roles=VOTERS, rate=Rate(per_s=1, burst=5), ack=BattleVoteAck)
class VoteBattle(OfBattle):
    """Vote for a room of the battle, once in a round. Needs a `key`."""

    to: Annotated[RoomId, Field(description="the room voted for")]


class SearchStatus(StrEnum):
    """How a search stands."""

    SEARCHING = "searching"
    FOUND = "found"
    OVER = "over"


class BattleSearch(Model):
    """The search of a room for an opponent."""

    status: SearchStatus
    rating: Annotated[int | None, Field(description="of the host, with which the opponent is looked for")] = None
    since: EpochMs | None = None
    until: Annotated[EpochMs | None, Field(description="the search ends by itself then")] = None


class BattleSearchAck(Model):
    """The search after the command."""

    search: BattleSearch


@command("battle.seek", roles=HOSTS, rate=INVITE_PACE, ack=BattleSearchAck)
class SeekBattle(Model):
    """Look for an opponent of about the same rating; the battle begins when one is found."""


@command("battle.stop_seeking", roles=HOSTS, rate=HOST_PACE, ack=BattleSearchAck)
class StopSeekingBattle(Model):
    """Look no longer."""


@event("battle.changed", delivery=Delivery.SEQUENCED, vital=True)
class BattleChanged(Model):
    """A battle of this room has begun or changed; told in all rooms of the battle."""

    battle: BattleView


@event("battle.invitation_changed", delivery=Delivery.PRIVATE)
class BattleInvitation(Model):
    """To the hosts concerned: an invitation as it is now; it is over when its status is no longer `invited`."""

    battle: BattleView


@event("battle.search_changed", delivery=Delivery.PRIVATE)
class BattleSearchChanged(Model):
    """To the host: how the search stands."""

    search: BattleSearch


class RoomScore(Model):
    """The points of a room in a round of a battle."""

    n: Annotated[Count, Field(description="grows with every change; of two the higher is newer")]
    battle: BattleId | None = None
    room: RoomId | None = None
    round: Round | None = None
    score: Score = 0
    task: Annotated[Score, Field(description="points made towards the task")] = 0
    supporters: Annotated[tuple[Supporter, ...], Field(max_length=SUPPORTERS, description="most points first")] = ()


@event("battle_scores", delivery=Delivery.LATEST)
class BattleScores(Model):
    """Points in the battles of this room, for each room in them; an entry with `n` alone is over."""

    scores: Annotated[dict[str, RoomScore], Field(max_length=256, description="by `<battle>.<room>`")]
