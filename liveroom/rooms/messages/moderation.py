"""Commands of those who keep order in a room (L10).

Promise: they are executed by the server at once and on all connections of the user; others are not told. Who is muted
is told so, who is shadowed is not.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Delivery, Model, Rate, command, event
from liveroom.rooms.messages.people import EpochMs, UserId

YEAR_S = 31_536_000
PACE = Rate(per_s=2, burst=10)

Reason = Annotated[str, Field(max_length=200, description="for the staff's record")]
Seconds = Annotated[int | None, Field(ge=1, le=YEAR_S, description="how long; absent: until it is lifted")]


@command("user.ban", roles=STAFF, rate=PACE)
class BanUser(Model):
    """Remove a user from the room and keep them out."""

    user_id: UserId
    reason: Reason = ""
    seconds: Annotated[int | None, Field(ge=1, le=YEAR_S, description="how long; absent: for good")] = None


@command("user.unban", roles=STAFF, rate=PACE)
class UnbanUser(Model):
    """Let a banned user in again."""

    user_id: UserId


@command("user.kick", roles=STAFF, rate=PACE)
class KickUser(Model):
    """Remove a user from the room; they may come back."""

    user_id: UserId
    reason: Reason = ""


@command("user.mute", roles=STAFF, rate=PACE)
class MuteUser(Model):
    """Let a user watch and not write."""

    user_id: UserId
    reason: Reason = ""
    seconds: Seconds = None


@command("user.unmute", roles=STAFF, rate=PACE)
class UnmuteUser(Model):
    """Let a muted user write again."""

    user_id: UserId


@command("user.shadow", roles=STAFF, rate=PACE)
class ShadowUser(Model):
    """Let a user write what nobody else sees; they are not told."""

    user_id: UserId
    reason: Reason = ""
    seconds: Seconds = None


@command("user.unshadow", roles=STAFF, rate=PACE)
class UnshadowUser(Model):
    """Let everybody see again what a shadowed user writes."""

    user_id: UserId


class MyMute(Model):
    """You may not write."""

    until: Annotated[EpochMs | None, Field(description="absent: until it is lifted")] = None


@event("mute.changed", delivery=Delivery.PRIVATE)
class MuteChanged(Model):
    """You may not write, or may again."""

    muted: Annotated[MyMute | None, Field(description="absent: you may write")] = None
