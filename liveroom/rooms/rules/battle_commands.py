"""What can be asked of a battle: by rooms, by the clock, and by whoever counts its points.

Promise: each names the room that asks, and nothing of who asks for it there; that is settled before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from liveroom.rooms.messages.battle_terms import BattleTerms
from liveroom.rooms.messages.battle_view import BattleMode, Supporter
from liveroom.rooms.messages.people import Person


class Rival(NamedTuple):
    """A room that is to be in a battle."""

    room: str
    host: Person


class Invite(NamedTuple):
    """Begin with invitations.

    Args:
        partner: on the side of the inviter; `teams` only.
        invite_s: in which to answer; None: as the terms say.
        duration_s: None: as the terms say.
    """

    id: str
    mode: BattleMode
    by: Rival
    opponents: tuple[Rival, ...]
    partner: Rival | None
    terms: BattleTerms
    invite_s: int | None = None
    duration_s: int | None = None


class Match(NamedTuple):
    """Begin between two who have both asked for an opponent."""

    id: str
    first: Rival
    second: Rival
    terms: BattleTerms


class Accept(NamedTuple):
    """The room joins."""

    room: str


class Refuse(NamedTuple):
    """The room does not join, or no longer."""

    room: str


class Cancel(NamedTuple):
    """The room that has invited takes it back."""

    room: str


class Elapse(NamedTuple):
    """Time has passed."""


class Settle(NamedTuple):
    """The points of the round, read after `counting` began, so they cannot change any more. By room."""

    scores: Mapping[str, int]
    supporters: Mapping[str, tuple[Supporter, ...]] = {}


class AgreeEnd(NamedTuple):
    """The room wants the round to end now; it does when all want it."""

    room: str


class GoOn(NamedTuple):
    """The room wants the round to go on: whoever wanted its end has to ask again."""

    room: str


class Quit(NamedTuple):
    """The room gives up."""

    room: str


class Lose(NamedTuple):
    """The host of a room is away since a time, in epoch ms."""

    room: str
    since_ms: int


class Return(NamedTuple):
    """The host of a room is there again."""

    room: str


class EndRoom(NamedTuple):
    """The show of a room is over."""

    room: str


class CutShort(NamedTuple):
    """The room wants the punishment to end; the word of a winner is enough, else all have to want it."""

    room: str


class Rematch(NamedTuple):
    """The room wants another round; it begins when all want it."""

    room: str


class DeclineRematch(NamedTuple):
    """The room wants no other round."""

    room: str


Command = (
    Accept
    | Refuse
    | Cancel
    | Elapse
    | Settle
    | AgreeEnd
    | GoOn
    | Quit
    | Lose
    | Return
    | EndRoom
    | CutShort
    | Rematch
    | DeclineRematch
)
