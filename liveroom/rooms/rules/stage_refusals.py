"""Why the stage says no, as errors that a program and a person understand."""

from __future__ import annotations

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.stage import StageReason
from liveroom.rooms.messages.stage_view import SeatStatus
from liveroom.rooms.rules.stage_commands import PersonCommand
from liveroom.rooms.rules.stage_state import StageState
from liveroom.rooms.rules.stage_table import PERSON, PERSON_WORDS

OF_SEAT = {
    SeatStatus.LOCKED: StageReason.LOCKED,
    SeatStatus.RESERVED: StageReason.RESERVED,
    SeatStatus.HELD: StageReason.RESERVED,
    SeatStatus.TAKEN: StageReason.TAKEN,
}


def refuse(reason: StageReason, state: str, **facts: str | int) -> Refusal:
    """The refusal of a command that is not possible now."""
    return Refusal(ErrorCode.WRONG_STATE, reason.meaning, state=state, reason=reason.value, **facts)


def refuse_person(state: StageState, command: PersonCommand) -> Refusal:
    """The person is not where the command needs them to be."""
    standing = state.standing_of(command.user_id)
    possible = ", ".join(PERSON_WORDS[kind] for at, kind in PERSON if at is standing)
    text = f"this is not possible with somebody who is {standing.value}; possible: {possible}"
    facts: dict[str, str | int] = {"state": standing.value, "possible": possible}
    return Refusal(ErrorCode.WRONG_STATE, text, reason=StageReason.NOT_THERE.value, **facts)


def refuse_seat(status: SeatStatus, number: int) -> Refusal:
    """The seat is not free for this."""
    return refuse(OF_SEAT[status], status.value, seat=number)


def no_seat(number: int, seats: int) -> Refusal:
    """There is no such seat."""
    text = f"{StageReason.NO_SEAT.meaning}; it has {seats}"
    return Refusal(ErrorCode.NOT_FOUND, text, field="seat", reason=StageReason.NO_SEAT.value, seat=number)
