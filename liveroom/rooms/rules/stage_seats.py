"""The seats of the stage: which one somebody gets, and what the staff do with those nobody has."""

from __future__ import annotations

from dataclasses import replace

from liveroom.rooms.messages.stage import StageReason
from liveroom.rooms.messages.stage_view import Device, SeatStatus, StageKind, Standing
from liveroom.rooms.rules.stage_commands import Reserve, SeatCommand
from liveroom.rooms.rules.stage_refusals import no_seat, refuse, refuse_seat
from liveroom.rooms.rules.stage_state import Guest, Seat, StageState, put, seat_status
from liveroom.rooms.rules.stage_table import SEAT


def find_seat(state: StageState, number: int) -> Seat:
    """A seat by its number.

    Raises:
        Refusal: `not_found`.
    """
    found = next((seat for seat in state.seats if seat.number == number), None)
    if found is None:
        raise no_seat(number, len(state.seats))
    return found


def choose_seat(state: StageState, user_id: str) -> int | None:
    """The seat that somebody would get: the one reserved for them, else the first free one; None: all are taken."""
    free: int | None = None
    for seat in state.seats:
        status = seat_status(state, seat)
        if status is SeatStatus.RESERVED and _is_for(seat, user_id):
            return seat.number
        if status is SeatStatus.FREE and free is None:
            free = seat.number
    return free


def has_reservation(state: StageState, user_id: str) -> bool:
    """Whether a seat waits for somebody."""
    number = choose_seat(state, user_id)
    return number is not None and find_seat(state, number).reserved_for is not None


def require_seat(state: StageState, user_id: str, number: int | None) -> int:
    """The seat that somebody is to get.

    Raises:
        Refusal: there is none, or it is not free for them.
    """
    if number is None:
        chosen = choose_seat(state, user_id)
        if chosen is None:
            raise refuse(StageReason.FULL, "full", seats=len(state.seats))
        return chosen
    seat = find_seat(state, number)
    status = seat_status(state, seat)
    if status is SeatStatus.FREE or (status is SeatStatus.RESERVED and _is_for(seat, user_id)):
        return number
    raise refuse_seat(status, number)


def sit_down(state: StageState, guest: Guest, number: int, now_ms: int) -> StageState:
    """Somebody has a seat; a reservation has done what it was for."""
    turn_s = state.options.turn_s
    seated = replace(
        guest,
        standing=Standing.SEATED,
        since_ms=now_ms,
        line="",
        seat=number,
        by=None,
        until_ms=now_ms + turn_s * 1000 if turn_s else None,
        mic=Device(on=True, allowed=True),
        camera=Device(on=guest.kind is StageKind.VIDEO, allowed=guest.kind is StageKind.VIDEO),
    )
    return clear_reservation(put(state, seated), number)


def clear_reservation(state: StageState, number: int) -> StageState:
    """The seat is kept for nobody."""
    return _change(state, replace(find_seat(state, number), reserved_for=None))


def apply_to_seat(state: StageState, command: SeatCommand) -> StageState:
    """Lock, unlock or reserve a seat.

    Raises:
        Refusal: there is no such seat, or it is not possible with it now.
    """
    seat = find_seat(state, command.seat)
    status = seat_status(state, seat)
    after = SEAT.get((status, type(command)))
    if after is None:
        raise refuse_seat(status, seat.number)
    if isinstance(command, Reserve):
        if seat.reserved_for is not None and not _is_for(seat, command.user.id):
            raise refuse_seat(status, seat.number)
        for other in state.seats:
            if other != seat and _is_for(other, command.user.id):
                state = clear_reservation(state, other.number)
        return _change(state, replace(seat, reserved_for=seat.reserved_for or command.user))
    return _change(state, replace(seat, locked=after is SeatStatus.LOCKED, reserved_for=None))


def _is_for(seat: Seat, user_id: str) -> bool:
    return seat.reserved_for is not None and seat.reserved_for.id == user_id


def _change(state: StageState, seat: Seat) -> StageState:
    return replace(state, seats=tuple(seat if each.number == seat.number else each for each in state.seats))
