"""Messages of the room's life: open, go live, end, change.

Promise: the events alone rebuild `RoomInfo` and `ShowInfo` of any later snapshot.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import HOSTS, Delivery, Model, Rate, command, event
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.people import Count, EpochMs, ItemId, Person

HOST_PACE = Rate(per_s=1, burst=5)

Title = Annotated[str, Field(min_length=1, max_length=80, description="title of the room")]
StreamUrl = Annotated[
    str,
    Field(
        pattern=r"^(https?://\S+)?$",
        max_length=500,
        description="where the stream of your CDN is watched (HLS, FLV, …); empty: nowhere",
    ),
]
SceneName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="scene: texts and configuration")]


class RoomStatus(StrEnum):
    """Where a room is in its life."""

    CREATED = "created"
    OPEN = "open"
    LIVE = "live"
    ENDED = "ended"


class RoomSettings(Model):
    """What can be set for one room."""

    guests: Annotated[bool, Field(description="people without a token may enter")] = True
    guest_ban_s: Annotated[
        int,
        Field(ge=0, le=86_400, description="a ban of a guest keeps other guests of the address out this long at most"),
    ] = 3_600
    comments_per_s: Annotated[int, Field(ge=0, le=10_000, description="comments people can read; 0: never sample")] = 50
    commands_per_s: Annotated[
        int, Field(ge=1, le=100_000, description="commands of the audience taken each second; the rest is refused")
    ] = 2_000
    history: Annotated[int, Field(ge=0, le=500, description="comments a late joiner receives")] = 50
    leave_delay_ms: Annotated[
        int, Field(ge=0, le=60_000, description="a viewer who is back within this time has not left")
    ] = 12_000
    visit_gap_ms: Annotated[
        int, Field(ge=10_000, le=86_400_000, description="a viewer who is back within this time is not welcomed again")
    ] = 300_000
    entry_effect_level: Annotated[
        int, Field(ge=1, le=1000, description="fan level from which everybody sees the entry")
    ] = 20
    stream_url: StreamUrl | None = None
    utc_offset_min: Annotated[
        int, Field(ge=-720, le=840, description="minutes east of UTC: decides on which day a birthday begins")
    ] = 480


class RoomInfo(Model):
    """What everybody in the room knows about it."""

    id: RoomId
    title: Title
    scene: SceneName
    status: RoomStatus
    host: Person
    stream_url: Annotated[StreamUrl | None, Field(description="the stream for all who do not watch directly")] = None


class ShowInfo(Model):
    """One broadcast in the room."""

    id: ItemId
    started_at: EpochMs


class ShowStats(Model):
    """What a show came to."""

    viewers: Annotated[Count, Field(description="visits during the show")]
    comments: Annotated[Count, Field(description="comments that were shown")]
    likes: Annotated[Count, Field(description="likes given during the show")]
    peak_viewers: Annotated[Count, Field(description="most viewers at the same time")]


@command("room.open", roles=HOSTS, rate=HOST_PACE)
class OpenRoom(Model):
    """Let viewers in before the show, or again after it."""


@command("room.go_live", roles=HOSTS, rate=HOST_PACE)
class StartShow(Model):
    """Begin a show."""


@command("room.end", roles=HOSTS, rate=HOST_PACE)
class EndRoom(Model):
    """End the show, or close a room that was only open."""


@command("room.update", roles=HOSTS, rate=HOST_PACE)
class UpdateRoom(Model):
    """Change what viewers see about the room; an absent field stays as it is."""

    title: Title | None = None
    stream_url: StreamUrl | None = None


@event("room.opened", delivery=Delivery.SEQUENCED)
class RoomOpened(Model):
    """The room lets viewers in; no show runs yet."""


@event("room.went_live", delivery=Delivery.SEQUENCED, vital=True)
class RoomWentLive(Model):
    """A show has begun."""

    show_id: ItemId
    started_at: EpochMs


@event("room.ended", delivery=Delivery.SEQUENCED, vital=True)
class RoomEnded(Model):
    """The show, if one ran, is over and the room is closed for talk."""

    show_id: Annotated[ItemId | None, Field(description="absent: the room was open without a show")] = None
    ended_at: EpochMs
    stats: ShowStats | None = None


@event("room.updated", delivery=Delivery.SEQUENCED)
class RoomUpdated(Model):
    """The room has another title, or its stream is watched elsewhere."""

    title: Title
    stream_url: Annotated[StreamUrl | None, Field(description="absent: as before")] = None
