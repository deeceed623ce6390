"""What a media engine tells about the people it connects.

Promise: everything is told after it is so; `Connected` comes before whatever else is told of a connection, and each
`Lost` is followed by `Back` or by `Closed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can be sent."""

    AUDIO = "audio"
    VIDEO = "video"


Kinds = frozenset[Kind]
BOTH: Kinds = frozenset(Kind)
NOTHING: Kinds = frozenset()


class Quality(StrEnum):
    """How well the media of somebody arrives here."""

    GOOD = "good"
    FAIR = "fair"
    BAD = "bad"


class Ended(StrEnum):
    """Why a connection is gone for good."""

    LEFT = "left"
    IDLE = "idle"
    LOST = "lost"
    REMOVED = "removed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the description of a receiver and who is heard and seen there now; empty without a `user_id`.

    Args:
        audio, video: the mids of its two media sections; None where the receiver asked for only one of them.
        room: where that person is; another one than the receiver's in a linked room.
        muted: what of that person is muted.
    """

    audio: str | None
    video: str | None
    user_id: str | None = None
    room: str | None = None
    muted: Kinds = NOTHING


@dataclass(frozen=True, slots=True)
class OfUser:
    """Something about one person in one room."""

    room: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Connected(OfUser):
    """The transport stands (ICE, DTLS). Nothing may be sent yet, unless it was granted. `took_ms` from the offer; None
    where the engine does not see it."""

    session: str
    took_ms: int | None


@dataclass(frozen=True, slots=True)
class FirstMedia(OfUser):
    """The first packet of a kind was forwarded to somebody. `took_ms` since all was ready for it: connected, granted,
    and somebody there to receive it. Warm: the connection stood before the grant."""

    kind: Kind
    took_ms: int
    warm: bool


@dataclass(frozen=True, slots=True)
class SlotsChanged(OfUser):
    """Somebody else is heard and seen now. All slots of a receiver, in the order of its description."""

    session: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class LinkTicket:
    """The right to look at a linked room, where the engine itself forwards nothing between rooms."""

    room: str
    url: str
    ticket: str


@dataclass(frozen=True, slots=True)
class LinksChanged(OfUser):
    """All tickets for linked rooms that somebody has now."""

    links: tuple[LinkTicket, ...]


@dataclass(frozen=True, slots=True)
class Muted(OfUser):
    """All that is muted of somebody now, whoever did it."""

    kinds: Kinds


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Who talks in a room now, the loudest first."""

    room: str
    user_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QualityChanged(OfUser):
    """How well somebody's media arrives at the engine."""

    quality: Quality
    loss_percent: int
    rtt_ms: int | None


@dataclass(frozen=True, slots=True)
class Lost(OfUser):
    """Nothing was heard of somebody for some seconds, or the engine fell out; the seat is kept. The client makes a
    new connection with the same ticket."""

    session: str


@dataclass(frozen=True, slots=True)
class Back(OfUser):
    """Somebody who was lost is connected again; `after_ms` since `Lost`."""

    session: str
    after_ms: int


@dataclass(frozen=True, slots=True)
class Closed(OfUser):
    """A connection is gone for good."""

    session: str
    why: Ended


@dataclass(frozen=True, slots=True)
class TicketEnded(OfUser):
    """Somebody's ticket and rights have ended, by `remove` or with the last connection of who has no grant; also of
    somebody who never connected. Told after `Closed`."""


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The engine has begun anew and knows nothing: what is granted and linked has to be told again."""


RoomEvent = (
    Connected
    | FirstMedia
    | SlotsChanged
    | LinksChanged
    | Muted
    | SpeakersChanged
    | QualityChanged
    | Lost
    | Back
    | Closed
    | TicketEnded
)
MediaEvent = RoomEvent | Forgotten
