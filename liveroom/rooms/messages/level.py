"""Levels (L15): points for what people do in a room, told to whom they belong; what others see is the badge.

Promise: points are told to their owner alone; everybody sees the level where its owner speaks or enters.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import MEMBERS, Delivery, Model, Rate, command, event
from liveroom.rooms.messages.people import ClubLevel, EpochMs, Level, Visitor

Points = Annotated[int, Field(ge=0, le=2**53 - 1, description="points so far")]
Next = Annotated[int | None, Field(ge=1, description="points that the next level needs; absent: it is the highest")]


class MyClub(Model):
    """Where this viewer stands in the fan club."""

    level: ClubLevel
    points: Points
    next: Next = None
    since: Annotated[EpochMs, Field(description="member since then, epoch ms")]


class MyLevel(Model):
    """Where this viewer stands in the room, by what they have done there."""

    level: Level
    points: Points
    next: Next = None
    today: Annotated[dict[str, int], Field(max_length=8, description="points of today by kind of action")] = Field(
        default_factory=dict
    )
    club: Annotated[MyClub | None, Field(description="absent: no member of the fan club")] = None


@event("level.changed", delivery=Delivery.PRIVATE)
class LevelChanged(Model):
    """This viewer has another level, in the room or in the club."""

    level: MyLevel


@event("level.reached", delivery=Delivery.SEQUENCED)
class LevelReached(Model):
    """Somebody has reached a level that the scene announces."""

    user: Visitor
    level: Annotated[Level, Field(description="the level that was reached")]


@command("room.share", roles=MEMBERS, rate=Rate(per_s=0.1, burst=3))
class ShareRoom(Model):
    """Tell that I have shown the room to others; worth points, so many times a day."""

    to: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="where, as `wechat`")] = None
