"""Commands of those who keep order in a room (first part of L10).

Promise: a ban is executed by the server at once and on all connections of the user; others are not told.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Model, Rate, command
from liveroom.rooms.messages.people import UserId

YEAR_S = 31_536_000


@command("user.ban", roles=STAFF, rate=Rate(per_s=2, burst=10))
class BanUser(Model):
    """Remove a user from the room and keep them out."""

    user_id: UserId
    reason: Annotated[str, Field(max_length=200, description="for the staff's record")] = ""
    seconds: Annotated[int | None, Field(ge=1, le=YEAR_S, description="how long; absent: for good")] = None


@command("user.unban", roles=STAFF, rate=Rate(per_s=2, burst=10))
class UnbanUser(Model):
    """Let a banned user in again."""

    user_id: UserId
