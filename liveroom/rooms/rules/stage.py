"""The stage (连麦): viewers apply or are invited, take a seat, and leave it (L21, L22, L24).

`stage_table.py` is the machine. Promise: whatever is asked at the same moment, a seat has at most one person and a
person at most one seat; every wait ends by itself; who has taken effect already is not done twice. What is over by the
clock is over before a command is looked at, so nobody is seated by an invitation that has expired. 1V1 is this with
one seat.
"""

from __future__ import annotations

from dataclasses import replace

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.stage import StageReason
from liveroom.rooms.messages.stage_view import Ending, StageStatus
from liveroom.rooms.rules.stage_commands import (
    Apply,
    Command,
    Configure,
    Elapse,
    End,
    Invite,
    Lock,
    Open,
    PersonCommand,
    Reserve,
    SeatCommand,
    StageCommand,
    Unlock,
)
from liveroom.rooms.rules.stage_guests import STEPS
from liveroom.rooms.rules.stage_news import tell, telling_due
from liveroom.rooms.rules.stage_queue import call_next, clear_overdue, next_end
from liveroom.rooms.rules.stage_refusals import refuse, refuse_person
from liveroom.rooms.rules.stage_seats import apply_to_seat
from liveroom.rooms.rules.stage_state import Seat, StageState, take_out
from liveroom.rooms.rules.stage_table import CLOSED, ENDED, OPEN, PERSON, STAGE


def apply(state: StageState | None, command: Command, now_ms: int) -> tuple[StageState, tuple[Model, ...]]:
    """Apply one command; the same state when nothing changes.

    Args:
        state: None before the first use, which is `Open`.

    Raises:
        Refusal: `wrong_state` with `state` and `reason` (`StageReason`); `not_found`; `room_not_open`.
    """
    if state is None:
        return tell(None, _begin(command), now_ms)
    after = clear_overdue(state, now_ms)
    if isinstance(command, Open | Configure | End):
        after = _apply_to_stage(after, command, now_ms)
    elif isinstance(command, Lock | Unlock | Reserve):
        after = _apply_to_seats(after, command)
    elif not isinstance(command, Elapse):
        after = _apply_to_person(after, command, now_ms)
    after = call_next(after, now_ms)
    told_ms = telling_due(after)
    if after == state and (told_ms is None or now_ms < told_ms):
        return state, ()
    return tell(state, after, now_ms)


def due_at(state: StageState) -> int | None:
    """When the clock has something to say, in epoch ms."""
    dues = (next_end(state), telling_due(state))
    return min((due for due in dues if due is not None), default=None)


def _begin(command: Command) -> StageState:
    if not isinstance(command, Open):
        raise Refusal(ErrorCode.NOT_FOUND, "this room has no stage yet")
    seats = tuple(Seat(number) for number in range(1, command.options.seats + 1))
    return StageState(command.room, 0, OPEN, command.options, command.options.auto, seats)


def _apply_to_stage(state: StageState, command: StageCommand, now_ms: int) -> StageState:
    if (state.status, type(command)) not in STAGE:
        raise refuse(StageReason.ENDED, state.status.value)
    if isinstance(command, Open):
        return _open_again(state, command)
    if isinstance(command, End):
        return _end(state, command, now_ms)
    if command.auto is not None:
        state = replace(state, auto=command.auto)
    if command.applications is not None:
        state = replace(state, status=OPEN if command.applications else CLOSED)
    return state


def _open_again(state: StageState, command: Open) -> StageState:
    if state.status is not ENDED:
        return state
    if command.room_version <= state.closed_by:
        # Somebody who has not heard yet that the room is over.
        raise Refusal(ErrorCode.ROOM_NOT_OPEN, "the show is over", room=state.room, state=state.status.value)
    return replace(_begin(command), version=state.version, past=state.past, closed_by=state.closed_by)


def _end(state: StageState, command: End, now_ms: int) -> StageState:
    if command.room_version <= state.closed_by:
        return state
    for guest in state.guests:
        state = take_out(state, guest.user.id, Ending.CLOSED, now_ms)
    return replace(state, status=StageStatus.ENDED, closed_by=command.room_version)


def _apply_to_seats(state: StageState, command: SeatCommand) -> StageState:
    if state.status is ENDED:
        raise refuse(StageReason.ENDED, state.status.value)
    return apply_to_seat(state, command)


def _apply_to_person(state: StageState, command: PersonCommand, now_ms: int) -> StageState:
    if state.status is ENDED and isinstance(command, Apply | Invite):
        raise refuse(StageReason.ENDED, state.status.value)
    standing = state.standing_of(command.user_id)
    if (standing, type(command)) not in PERSON:
        raise refuse_person(state, command)
    return STEPS[type(command)](state, command, now_ms)
