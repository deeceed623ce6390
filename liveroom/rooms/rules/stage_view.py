"""What of the stage is told to whom: the room, one person, the staff.

Promise: pure, and made from the state alone, so what was pushed and what a join answers are the same.
"""

from __future__ import annotations

from liveroom.rooms.messages.stage_view import (
    QUEUE_SHOWN,
    Applicant,
    Ended,
    Invitation,
    MyStage,
    Reservation,
    SeatGrant,
    SeatStatus,
    SeatView,
    StageGuest,
    StageKind,
    StageQueue,
    StageView,
    Standing,
)
from liveroom.rooms.rules.stage_state import Guest, Seat, StageState, seat_status


def view(state: StageState) -> StageView:
    """As everybody sees it."""
    return StageView(
        id=state.room,
        version=state.version,
        status=state.status,
        auto=state.auto,
        kinds=state.options.kinds,
        waiting=len(state.queue()),
        seats=tuple(_view_seat(state, seat) for seat in state.seats),
    )


def _view_seat(state: StageState, seat: Seat) -> SeatView:
    status = seat_status(state, seat)
    guest = state.at(seat.number) if status is SeatStatus.TAKEN else None
    return SeatView(number=seat.number, status=status, guest=_view_guest(guest) if guest is not None else None)


def _view_guest(guest: Guest) -> StageGuest:
    return StageGuest(
        user=guest.user,
        kind=guest.kind,
        mic=guest.mic,
        camera=guest.camera,
        since=guest.since_ms,
        ends_at=guest.until_ms,
        away=guest.kept_until_ms is not None,
    )


def mine(state: StageState, user_id: str) -> MyStage:
    """As one person has it."""
    guest = state.find(user_id)
    past = state.past_of(user_id)
    if guest is None:
        ended = Ended(reason=past.reason, at=past.at_ms, again_at=past.again_ms) if past is not None else None
        return MyStage(version=state.version, standing=Standing.ABSENT, ended=ended)
    queue = state.queue() if guest.standing is Standing.WAITING else ()
    is_seated = guest.standing is Standing.SEATED
    return MyStage(
        version=state.version,
        standing=guest.shown,
        kind=guest.kind,
        place=queue.index(guest) + 1 if queue else None,
        waiting=len(queue) if queue else None,
        invited_by=guest.by,
        expires_at=None if is_seated else guest.until_ms,
        ends_at=guest.until_ms if is_seated else None,
        grant=grant(guest),
    )


def grant(guest: Guest) -> SeatGrant | None:
    """What somebody on a seat may send; None: they have no seat."""
    if guest.standing is not Standing.SEATED or guest.seat is None:
        return None
    allowed = {StageKind.AUDIO: guest.mic.allowed, StageKind.VIDEO: guest.camera.allowed}
    return SeatGrant(seat=guest.seat, kinds=tuple(kind for kind, is_allowed in allowed.items() if is_allowed))


def queue_view(state: StageState) -> StageQueue:
    """What the staff see besides."""
    waiting = state.queue()
    return StageQueue(
        version=state.version,
        waiting=tuple(
            Applicant(
                user=guest.user,
                kind=guest.kind,
                line=guest.line,
                at=guest.since_ms,
                expires_at=guest.until_ms,
                away=guest.kept_until_ms is not None,
            )
            for guest in waiting[:QUEUE_SHOWN]
            if guest.until_ms is not None
        ),
        total=len(waiting),
        invited=tuple(
            Invitation(user=guest.user, kind=guest.kind, seat=guest.seat, by=guest.by, expires_at=guest.until_ms)
            for guest in state.guests
            if guest.by is not None and guest.seat is not None and guest.until_ms is not None
        ),
        reserved=tuple(
            Reservation(seat=seat.number, user=seat.reserved_for)
            for seat in state.seats
            if seat.reserved_for is not None
        ),
    )
