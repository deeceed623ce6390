"""The commands of the stage, as its rule takes them; who may give them is decided before."""

from __future__ import annotations

from dataclasses import dataclass

from liveroom.rooms.messages.people import Person
from liveroom.rooms.messages.stage_view import Ending, StageKind
from liveroom.rooms.rules.stage_options import StageOptions


@dataclass(frozen=True, slots=True)
class Apply:
    """Ask for a seat; once more: with other words, in the same place."""

    user: Person
    kind: StageKind
    line: str = ""

    @property
    def user_id(self) -> str:
        """Whom it is about."""
        return self.user.id


@dataclass(frozen=True, slots=True)
class Invite:
    """Ask somebody onto the stage."""

    user: Person
    kind: StageKind
    by: Person
    seat: int | None = None

    @property
    def user_id(self) -> str:
        """Whom it is about."""
        return self.user.id


@dataclass(frozen=True, slots=True)
class _OfPerson:
    user_id: str


@dataclass(frozen=True, slots=True)
class Cancel(_OfPerson):
    """Take the own application back."""


@dataclass(frozen=True, slots=True)
class Accept(_OfPerson):
    """Give an applicant a seat; None: any."""

    seat: int | None = None


@dataclass(frozen=True, slots=True)
class Refuse(_OfPerson):
    """Take an applicant out of the queue."""


@dataclass(frozen=True, slots=True)
class Agree(_OfPerson):
    """Say yes to an invitation."""


@dataclass(frozen=True, slots=True)
class Decline(_OfPerson):
    """Say no to an invitation."""


@dataclass(frozen=True, slots=True)
class Withdraw(_OfPerson):
    """Take an invitation back."""


@dataclass(frozen=True, slots=True)
class Leave(_OfPerson):
    """Get up from the own seat."""


@dataclass(frozen=True, slots=True)
class Remove(_OfPerson):
    """Take somebody out, wherever they are."""

    reason: Ending = Ending.REMOVED


@dataclass(frozen=True, slots=True)
class Move(_OfPerson):
    """To another seat."""

    seat: int


@dataclass(frozen=True, slots=True)
class Switch(_OfPerson):
    """The own devices; None stays."""

    mic: bool | None = None
    camera: bool | None = None


@dataclass(frozen=True, slots=True)
class Allow(_OfPerson):
    """Somebody's devices; None stays."""

    mic: bool | None = None
    camera: bool | None = None


@dataclass(frozen=True, slots=True)
class SetTurn(_OfPerson):
    """When the turn ends, in epoch ms; None: no limit."""

    ends_at_ms: int | None


@dataclass(frozen=True, slots=True)
class Gone(_OfPerson):
    """They are connected nowhere any more, since `since_ms`."""

    since_ms: int


@dataclass(frozen=True, slots=True)
class Came(_OfPerson):
    """They are connected."""


@dataclass(frozen=True, slots=True)
class Lock:
    """Nobody gets this seat."""

    seat: int


@dataclass(frozen=True, slots=True)
class Unlock:
    """The seat is free for everybody."""

    seat: int


@dataclass(frozen=True, slots=True)
class Reserve:
    """The seat is for one person."""

    seat: int
    user: Person


@dataclass(frozen=True, slots=True)
class Open:
    """Begin with an empty stage; `room_version` of the room's document, as far as it is known."""

    room: str
    options: StageOptions
    room_version: int


@dataclass(frozen=True, slots=True)
class Configure:
    """How the queue works; None stays."""

    auto: bool | None = None
    applications: bool | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The room is over, by this version of its document."""

    room_version: int


@dataclass(frozen=True, slots=True)
class Elapse:
    """Something is due."""


PersonCommand = (
    Apply
    | Cancel
    | Accept
    | Refuse
    | Invite
    | Agree
    | Decline
    | Withdraw
    | Leave
    | Remove
    | Move
    | Switch
    | Allow
    | SetTurn
    | Gone
    | Came
)
SeatCommand = Lock | Unlock | Reserve
StageCommand = Open | Configure | End
Command = PersonCommand | SeatCommand | StageCommand | Elapse
