"""Commands of the stage (连麦): what viewers ask for and what the staff decide (L21, L22, L24).

Promise: every one of them can be sent again after a lost answer: where it has taken effect already it changes nothing
and is answered the same.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Model, Rate, command
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import EpochMs, Name, UserId
from liveroom.rooms.messages.stage_view import (
    LINE_CHARS,
    MyStage,
    SeatNumber,
    SeatStatus,
    StageKind,
    StageView,
)

# Not strict: an HTTP body arrives here as Python values, where an enumeration is a string.
Kind = Annotated[StageKind, Field(strict=False, description="what the guest takes part with")]
GUESTS = frozenset({Role.VIEWER, Role.MODERATOR})
"""Who can be a guest of the stage: people who are signed in and are not the host."""
ASKING = Rate(per_s=0.5, burst=4)
ACTING = Rate(per_s=2, burst=10)
STAFF_PACE = Rate(per_s=5, burst=20)


class StageReason(StrEnum):
    """Why the stage says no; `reason` of the error."""

    OFF = "stage_off", "the scene of this room has no stage"
    CLOSED = "stage_closed", "no applications are taken now"
    ENDED = "stage_ended", "the room is over"
    FULL = "stage_full", "no seat is free"
    QUEUE_FULL = "queue_full", "as many wait already as can"
    RESTING = "resting", "removed a moment ago; `again_at` says when to apply again"
    KIND = "kind_off", "this scene has no video, or no audio, on its stage"
    NOT_THERE = "not_there", "the person is not where this command needs them to be"
    NO_SEAT = "no_such_seat", "the stage has no seat of this number"
    LOCKED = "seat_locked", "the seat is locked"
    RESERVED = "seat_reserved", "the seat is reserved for somebody, or an invitation to it is out"
    TAKEN = "seat_taken", "somebody has the seat"
    NO_LIMIT = "bad_time", "the end of a turn lies in the future, within a day"

    meaning: str

    def __new__(cls, value: str, meaning: str) -> StageReason:
        """Make a member that carries its meaning beside the string."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member


class StageAck(Model):
    """Where the person is now: of the command, or the sender."""

    user_id: UserId
    stage: MyStage


class SeatAck(Model):
    """What is the case with a seat now."""

    seat: SeatNumber
    status: SeatStatus


class ConfigureAck(Model):
    """The stage now."""

    stage: StageView


@command("stage.apply", roles=GUESTS, rate=ASKING, ack=StageAck)
class ApplyForStage(Model):
    """Ask for a seat. Who applies agrees to be heard, and with video to be seen, from the moment they are chosen."""

    kind: Kind
    line: Annotated[str, Field(max_length=LINE_CHARS, description="for the host, in a few words")] = ""


@command("stage.cancel", roles=GUESTS, rate=ACTING, ack=StageAck)
class CancelApplication(Model):
    """Take the application back."""


@command("stage.answer", roles=GUESTS, rate=ACTING, ack=StageAck)
class AnswerInvitation(Model):
    """Say yes or no to an invitation."""

    accept: Annotated[bool, Field(description="true: yes")]


@command("stage.leave", roles=GUESTS, rate=ACTING, ack=StageAck)
class LeaveStage(Model):
    """Get up from the seat."""


@command("stage.switch", roles=GUESTS, rate=ACTING, ack=StageAck)
class SwitchDevices(Model):
    """Switch one's own microphone or camera; an absent one stays. What the staff switched off stays off."""

    mic: Annotated[bool | None, Field(description="true: on")] = None
    camera: Annotated[bool | None, Field(description="true: on; with video alone")] = None


class OfGuest(Model):
    """A command about one person."""

    user_id: UserId


@command("stage.accept", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class AcceptApplicant(OfGuest):
    """Give an applicant a seat; absent: the first free one."""

    seat: SeatNumber | None = None


@command("stage.refuse", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class RefuseApplicant(OfGuest):
    """Take an applicant out of the queue."""


@command("stage.invite", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class InviteGuest(OfGuest):
    """Ask somebody onto the stage; a seat is held for them until they answer. Who has applied is seated at once."""

    kind: Kind
    seat: Annotated[SeatNumber | None, Field(description="absent: the one reserved for them, or the first free")] = None
    name: Annotated[Name | None, Field(description="to show, where this node does not know them")] = None


@command("stage.withdraw", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class WithdrawInvitation(OfGuest):
    """Take an invitation back."""


@command("stage.remove", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class RemoveGuest(OfGuest):
    """Take somebody off the stage, or out of the queue; they cannot apply again for a while."""


@command("stage.move", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class MoveGuest(OfGuest):
    """Put a guest on another seat."""

    seat: SeatNumber


@command("stage.allow", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class AllowDevices(OfGuest):
    """Switch a guest's microphone or camera off, or let them switch it on again; an absent one stays.

    The staff cannot switch on what its owner has switched off.
    """

    mic: Annotated[bool | None, Field(description="false: switched off by the staff")] = None
    camera: Annotated[bool | None, Field(description="false: switched off by the staff; true: may be seen")] = None


@command("stage.set_turn", roles=STAFF, rate=STAFF_PACE, ack=StageAck)
class SetTurn(OfGuest):
    """Say when a guest's turn ends."""

    ends_at: Annotated[EpochMs | None, Field(description="within a day; null: no limit")]


class OfSeat(Model):
    """A command about one seat."""

    seat: SeatNumber


@command("stage.lock", roles=STAFF, rate=STAFF_PACE, ack=SeatAck)
class LockSeat(OfSeat):
    """Nobody gets this seat."""


@command("stage.unlock", roles=STAFF, rate=STAFF_PACE, ack=SeatAck)
class UnlockSeat(OfSeat):
    """Undo a lock or a reservation."""


@command("stage.reserve", roles=STAFF, rate=STAFF_PACE, ack=SeatAck)
class ReserveSeat(OfSeat):
    """Keep a seat for one person; when they apply they have it at once."""

    user_id: UserId
    name: Annotated[Name | None, Field(description="to show, where this node does not know them")] = None


@command("stage.configure", roles=STAFF, rate=STAFF_PACE, ack=ConfigureAck)
class ConfigureStage(Model):
    """Set how the queue works; an absent field stays."""

    auto: Annotated[bool | None, Field(description="a free seat goes to whoever has waited longest")] = None
    applications: Annotated[bool | None, Field(description="viewers can apply")] = None
