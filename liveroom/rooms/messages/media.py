"""Audio and video of a room, as clients speak of it (docs/media.md).

Descriptions (SDP) go over the socket that is open anyway, so no further connection is made while somebody waits to be
seen. Promise: `media.changed` is the whole of what concerns a person, so a push that was lost costs nothing.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import EVERYONE, MEMBERS, Delivery, Model, Rate, command, event
from liveroom.realtime.media.base import SDP_CHARS
from liveroom.realtime.media.events import Ended, Kind, Quality
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.people import EpochMs, UserId

MOST_SLOTS = 16
MOST_LINKS = 8
TICKET_CHARS = 4_096

Session = Annotated[str, Field(max_length=64, description="names one connection of this person to the engine")]
Mid = Annotated[str, Field(max_length=32, description="`mid` of a section in the description of this person")]
Took = Annotated[int, Field(ge=0, le=600_000, description="in ms")]
Sdp = Annotated[str, Field(min_length=1, max_length=SDP_CHARS, description="a description of WebRTC (RFC 8866)")]
Kinds = Annotated[tuple[Kind, ...], Field(max_length=2)]


class IceServer(Model):
    """As `RTCIceServer` of WebRTC."""

    urls: Annotated[tuple[str, ...], Field(max_length=8, description="addresses as `turn:host:port`")]
    username: Annotated[str | None, Field(description="where the server wants one; it ends with its time")] = None
    credential: Annotated[str | None, Field(description="belongs to `username`")] = None


class MediaLink(Model):
    """Another room to look at while this one is linked to it: connect there too, only to receive."""

    room: RoomId
    url: Annotated[str, Field(description="where to connect")]
    ticket: Annotated[str, Field(max_length=TICKET_CHARS, description="a secret; for nothing else than receiving")]


class TicketAck(Model):
    """How to connect."""

    engine: Annotated[str, Field(description="`sfu`: send `media.offer`; `livekit`: connect to `url` with the ticket")]
    ticket: Annotated[str, Field(max_length=TICKET_CHARS, description="a secret; good for further connections too")]
    expires_at: EpochMs
    slots: Annotated[int, Field(ge=0, le=MOST_SLOTS, description="most others to offer places for")]
    ice_servers: Annotated[
        tuple[IceServer, ...], Field(max_length=8, description="for networks that let no UDP through")
    ] = ()
    url: Annotated[str | None, Field(description="where to connect with the ticket; absent: by `media.offer`")] = None
    links: Annotated[
        tuple[MediaLink, ...], Field(max_length=MOST_LINKS, description="with `livekit`, in a battle")
    ] = ()


class AnswerAck(Model):
    """The engine's side."""

    session: Session
    sdp: Sdp


class MediaState(StrEnum):
    """How it is with somebody's connection."""

    PREPARED = "prepared"
    CONNECTED = "connected"
    LOST = "lost"
    CLOSED = "closed"


class MediaSlot(Model):
    """Who is heard and seen in one place of one's description; nobody without a `user_id`."""

    audio: Mid | None = None
    video: Mid | None = None
    user_id: UserId | None = None
    room: Annotated[RoomId | None, Field(description="their room; another one than this in a battle")] = None


class MyMedia(Model):
    """What concerns one person."""

    state: MediaState
    session: Session | None = None
    kinds: Annotated[Kinds, Field(description="what may be sent now")] = ()
    muted: Annotated[Kinds, Field(description="what is muted in the engine; it outlives a connection")] = ()
    slots: Annotated[
        tuple[MediaSlot, ...], Field(max_length=MOST_SLOTS, description="in the order of one's description")
    ] = ()
    links: Annotated[
        tuple[MediaLink, ...], Field(max_length=MOST_LINKS, description="with `livekit`, in a battle")
    ] = ()
    why: Annotated[Ended | None, Field(description="why it was closed")] = None


class OnAir(Model):
    """Somebody whose audio or video goes out."""

    user_id: UserId
    kinds: Annotated[Kinds, Field(description="what is sent and not muted")]
    quality: Annotated[Quality, Field(description="how well it arrives at the engine")] = Quality.GOOD
    lost: Annotated[bool, Field(description="nothing was heard of them for some seconds")] = False


@command("media.prepare", roles=EVERYONE, rate=Rate(per_s=0.5, burst=10), ack=TicketAck)
class PrepareMedia(Model):
    """Ask for a ticket, while the invitation or the application is on the screen. Nothing is sent by this."""

    watch: Annotated[bool, Field(description="only to receive the stage, where the room has places for that")] = False


@command("media.offer", roles=EVERYONE, rate=Rate(per_s=0.5, burst=6), ack=AnswerAck)
class OfferMedia(Model):
    """Connect with a ticket: one's description of what one sends and of places to receive."""

    ticket: Annotated[str, Field(max_length=TICKET_CHARS, description="of the answer to `media.prepare`")]
    sdp: Sdp


@command("media.mute", roles=MEMBERS, rate=Rate(per_s=2, burst=10))
class MuteMedia(Model):
    """Mute one's own microphone or camera, in the engine: nothing of it is forwarded until it is undone."""

    kind: Annotated[Kind, Field(description="what")]
    muted: Annotated[bool, Field(description="false: go on")]


@command("media.leave", roles=EVERYONE, rate=Rate(per_s=1, burst=4))
class LeaveMedia(Model):
    """End one's connection; the seat on the stage is another matter."""


@command("media.report", roles=EVERYONE, rate=Rate(per_s=0.5, burst=10))
class ReportMedia(Model):
    """What was measured at the client, from the accepted invitation (or the answer, when cold) on."""

    warm: Annotated[bool, Field(description="the connection stood before")]
    first_packet_ms: Annotated[Took | None, Field(description="until the first packet; absent: none came")] = None
    first_frame_ms: Annotated[Took | None, Field(description="until the first picture; absent: none came")] = None


@event("media.changed", delivery=Delivery.PRIVATE)
class MediaChanged(Model):
    """Something has changed for this person."""

    media: MyMedia


@event("media_stage", delivery=Delivery.LATEST)
class MediaStage(Model):
    """Who is on the air in a room, and who of them talks, the loudest first."""

    on_air: Annotated[tuple[OnAir, ...], Field(max_length=32, description="in no order")] = ()
    talking: Annotated[tuple[UserId, ...], Field(max_length=32, description="the loudest first")] = ()
