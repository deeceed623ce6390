"""How the stage (连麦) is seen: by the room, by a person on it or in its queue, and by the staff (L21, L22, L24).

Promise: the room's view never tells who waits, who is invited, or what somebody wrote when they applied.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, event
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.people import Count, EpochMs, Person

LARGEST_STAGE = 16
LINE_CHARS = 100
QUEUE_SHOWN = 50

StageVersion = Annotated[int, Field(ge=1, le=2**53 - 1, description="of the stage; a lower one is older")]
SeatNumber = Annotated[int, Field(ge=1, le=LARGEST_STAGE, description="seats are numbered from 1")]


class StageKind(StrEnum):
    """What a guest takes part with; with video there is also audio."""

    AUDIO = "audio"
    VIDEO = "video"


class StageStatus(StrEnum):
    """Whether viewers can apply. `closed`: seats go on, by invitation alone; `ended`: the room is over."""

    OPEN = "open"
    CLOSED = "closed"
    ENDED = "ended"


class SeatStatus(StrEnum):
    """What is the case with a seat. `reserved`: for one person by the staff; `held`: an invitation to it is out."""

    FREE = "free"
    LOCKED = "locked"
    RESERVED = "reserved"
    HELD = "held"
    TAKEN = "taken"


class Standing(StrEnum):
    """Where a person is with the stage. `away`: dropped, the seat is kept for a moment."""

    ABSENT = "absent"
    WAITING = "waiting"
    INVITED = "invited"
    SEATED = "seated"
    AWAY = "away"


class Ending(StrEnum):
    """Why somebody is no longer there."""

    CANCELED = "canceled"
    REFUSED = "refused"
    EXPIRED = "expired"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LEFT = "left"
    REMOVED = "removed"
    BANNED = "banned"
    DROPPED = "dropped"
    TIME_UP = "time_up"
    CLOSED = "closed"


class Device(Model):
    """A microphone or camera: on when its owner has it on and the staff allow it."""

    on: Annotated[bool, Field(description="switched on by its owner")]
    allowed: Annotated[bool, Field(description="not switched off by the staff")]


class StageGuest(Model):
    """Somebody on a seat."""

    user: Person
    kind: StageKind
    mic: Device
    camera: Device
    since: EpochMs
    ends_at: Annotated[EpochMs | None, Field(description="end of their turn; absent: no limit")] = None
    away: Annotated[bool, Field(description="the connection dropped; the seat is kept for a moment")] = False


class SeatView(Model):
    """One seat."""

    number: SeatNumber
    status: SeatStatus
    guest: Annotated[StageGuest | None, Field(description="who has it, when it is taken")] = None


class StageView(Model):
    """The stage as everybody sees it."""

    id: Annotated[RoomId, Field(description="the room; it has one stage")]
    version: Annotated[int, Field(ge=1, le=2**53 - 1, description="grows with every change")]
    status: StageStatus
    auto: Annotated[bool, Field(description="a free seat goes to whoever has waited longest")]
    kinds: Annotated[tuple[StageKind, ...], Field(max_length=2, description="what guests can take part with")]
    waiting: Annotated[Count, Field(description="people in the queue")]
    seats: Annotated[tuple[SeatView, ...], Field(max_length=LARGEST_STAGE, description="in the order of their numbers")]


class SeatGrant(Model):
    """What a seat entitles its owner to; how it is sent is said by `media.changed`."""

    seat: SeatNumber
    kinds: Annotated[
        tuple[StageKind, ...], Field(max_length=2, description="what may be sent now: allowed by the staff")
    ]


class Ended(Model):
    """How it ended the last time."""

    reason: Ending
    at: EpochMs
    again_at: Annotated[EpochMs | None, Field(description="may not apply before; absent: at once")] = None


class MyStage(Model):
    """Where one person is with the stage; the whole of it, so that a push that was lost costs nothing."""

    version: StageVersion
    standing: Standing
    kind: Annotated[StageKind | None, Field(description="absent: not there")] = None
    place: Annotated[int | None, Field(ge=1, description="in the queue, from 1")] = None
    waiting: Annotated[Count | None, Field(description="length of the queue, for who is in it")] = None
    invited_by: Annotated[Person | None, Field(description="who asks you onto the stage")] = None
    expires_at: Annotated[EpochMs | None, Field(description="when the application or invitation expires")] = None
    ends_at: Annotated[EpochMs | None, Field(description="end of the turn on the seat")] = None
    grant: Annotated[SeatGrant | None, Field(description="what the seat entitles to")] = None
    ended: Annotated[Ended | None, Field(description="how the last time ended, for some minutes")] = None


class Applicant(Model):
    """Somebody in the queue, for the staff."""

    user: Person
    kind: StageKind
    line: Annotated[str, Field(max_length=LINE_CHARS, description="what they wrote")] = ""
    at: EpochMs
    expires_at: EpochMs
    away: Annotated[bool, Field(description="not connected now")] = False


class Invitation(Model):
    """Somebody who was asked onto the stage and has not answered yet, for the staff."""

    user: Person
    kind: StageKind
    seat: SeatNumber
    by: Person
    expires_at: EpochMs


class Reservation(Model):
    """A seat that waits for one person, for the staff."""

    seat: SeatNumber
    user: Person


class StageQueue(Model):
    """What the staff see besides; the whole of it."""

    version: StageVersion
    waiting: Annotated[tuple[Applicant, ...], Field(max_length=QUEUE_SHOWN, description="who is first, first")]
    total: Annotated[Count, Field(description="people in the queue, also those not listed")]
    invited: Annotated[tuple[Invitation, ...], Field(max_length=LARGEST_STAGE, description="who has not answered yet")]
    reserved: Annotated[
        tuple[Reservation, ...], Field(max_length=LARGEST_STAGE, description="seats that wait for one person")
    ]


@event("stage.changed", delivery=Delivery.SEQUENCED)
class StageChanged(Model):
    """The stage is now like this."""

    stage: StageView


@event("stage.guest_seated", delivery=Delivery.SEQUENCED, vital=True)
class GuestSeated(Model):
    """The chosen moment: somebody is on the stage now."""

    user: Person
    seat: SeatNumber
    kind: StageKind


@event("stage.guest_left", delivery=Delivery.SEQUENCED, vital=True)
class GuestLeft(Model):
    """Somebody is no longer on the stage."""

    user: Person
    seat: SeatNumber
    reason: Ending


@event("stage.place_changed", delivery=Delivery.PRIVATE)
class PlaceChanged(Model):
    """Where you are with the stage."""

    stage: MyStage


@event("stage.queue_changed", delivery=Delivery.PRIVATE)
class QueueChanged(Model):
    """To the staff: who waits and who is invited."""

    queue: StageQueue
