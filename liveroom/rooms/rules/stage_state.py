"""The stage of a room as it is kept: people, seats, and how it ended for those who were there a moment ago.

Promise: a person is there at most once; a seat has at most one person, who sits on it or is invited to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.stage_view import Device, Ending, SeatStatus, StageKind, StageStatus, Standing
from liveroom.rooms.rules.stage_options import StageOptions

ON, OFF = Device(on=True, allowed=True), Device(on=False, allowed=False)
ENDED_MOST = 200
ENDED_MS = 600_000
"""How long it is known how it ended for somebody."""


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody in the queue, invited, or on a seat.

    Args:
        standing: waiting, invited or seated; whether somebody who is seated is away, `kept_until_ms` says.
        since_ms: when they applied, were invited, or sat down.
        seat: that they have, or are invited to.
        by: who invites them.
        until_ms: when the application, the invitation or the turn ends; None: a turn without limit.
        kept_until_ms: they are not connected, and are taken out at this time.
    """

    user: Person
    kind: StageKind
    standing: Standing
    since_ms: int
    line: str = ""
    seat: int | None = None
    by: Person | None = None
    until_ms: int | None = None
    kept_until_ms: int | None = None
    mic: Device = ON
    camera: Device = OFF

    @property
    def shown(self) -> Standing:
        """Where they are, as the table has it."""
        is_away = self.standing is Standing.SEATED and self.kept_until_ms is not None
        return Standing.AWAY if is_away else self.standing


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat, whoever has it."""

    number: int
    locked: bool = False
    reserved_for: Person | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """How it ended for somebody; `again_ms`: they may apply from then on."""

    user_id: str
    reason: Ending
    at_ms: int
    again_ms: int | None = None


@dataclass(frozen=True, slots=True)
class StageState:
    """The document.

    Args:
        guests: in the order in which they applied, were invited or sat down.
        past: the latest last.
        told_waiting, told_ms: length of the queue that viewers were told last, and when.
        closed_by: version of the room's document that ended it the last time.
    """

    room: str
    version: int
    status: StageStatus
    options: StageOptions
    auto: bool
    seats: tuple[Seat, ...]
    guests: tuple[Guest, ...] = ()
    past: tuple[Past, ...] = ()
    told_waiting: int = 0
    told_ms: int = 0
    closed_by: int = 0

    def find(self, user_id: str) -> Guest | None:
        """Somebody who is there."""
        return next((guest for guest in self.guests if guest.user.id == user_id), None)

    def at(self, number: int) -> Guest | None:
        """Who has a seat, or is invited to it."""
        return next((guest for guest in self.guests if guest.seat == number), None)

    def standing_of(self, user_id: str) -> Standing:
        """Where somebody is."""
        guest = self.find(user_id)
        return guest.shown if guest is not None else Standing.ABSENT

    def queue(self) -> tuple[Guest, ...]:
        """Who waits, the first first."""
        return tuple(guest for guest in self.guests if guest.standing is Standing.WAITING)

    def seated(self) -> dict[str, Guest]:
        """Who has a seat, by user id."""
        return {guest.user.id: guest for guest in self.guests if guest.standing is Standing.SEATED}

    def past_of(self, user_id: str) -> Past | None:
        """How it ended for somebody the last time."""
        return next((past for past in reversed(self.past) if past.user_id == user_id), None)


def seat_status(state: StageState, seat: Seat) -> SeatStatus:
    """What is the case with a seat."""
    guest = state.at(seat.number)
    if guest is not None:
        return SeatStatus.TAKEN if guest.standing is Standing.SEATED else SeatStatus.HELD
    if seat.locked:
        return SeatStatus.LOCKED
    return SeatStatus.RESERVED if seat.reserved_for is not None else SeatStatus.FREE


def put(state: StageState, guest: Guest) -> StageState:
    """Somebody is there like this now: in their place if they were there, else at the end."""
    if state.find(guest.user.id) is None:
        return replace(state, guests=(*state.guests, guest))
    guests = tuple(guest if other.user.id == guest.user.id else other for other in state.guests)
    return replace(state, guests=guests)


def take_out(state: StageState, user_id: str, reason: Ending, now_ms: int) -> StageState:
    """Somebody is there no more."""
    guests = tuple(guest for guest in state.guests if guest.user.id != user_id)
    rests = reason in (Ending.REMOVED, Ending.BANNED) and state.options.rest_s > 0
    past = Past(user_id, reason, now_ms, now_ms + state.options.rest_s * 1000 if rests else None)
    return replace(state, guests=guests, past=remember(state.past, past, now_ms))


def remember(before: tuple[Past, ...], past: Past, now_ms: int) -> tuple[Past, ...]:
    """What is known of the past, with one thing more and what is long ago left out; a rest is served to its end."""
    others = [each for each in before if max(each.at_ms + ENDED_MS, each.again_ms or 0) > now_ms]
    rest_ms = max((each.again_ms or 0 for each in others if each.user_id == past.user_id), default=0)
    if past.again_ms is None and rest_ms > now_ms:
        past = replace(past, again_ms=rest_ms)
    return (*(each for each in others if each.user_id != past.user_id), past)[-ENDED_MOST:]
