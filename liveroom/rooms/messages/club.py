"""The fan club of a room (L15): join, leave, and a level of its own.

Promise: being a member is a fact of the ledger; joining twice is joining once.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.level import MyClub
from liveroom.rooms.messages.people import Count, Visitor

JOINERS = frozenset({Role.VIEWER, Role.MODERATOR})
NAMED = 5


class ClubAck(Model):
    """How it is after the command."""

    club: Annotated[MyClub | None, Field(description="absent: no member")] = None
    members: Annotated[Count, Field(description="of the club")]


@command("club.join", roles=JOINERS, rate=Rate(per_s=0.2, burst=3), ack=ClubAck)
class JoinClub(Model):
    """Become a member of the room's fan club. Needs a key."""


@command("club.leave", roles=JOINERS, rate=Rate(per_s=0.2, burst=3), ack=ClubAck)
class LeaveClub(Model):
    """Be a member no more. Who comes back goes on where they were. Needs a key."""


@event("club.entered", delivery=Delivery.SEQUENCED)
class ClubEntered(Model):
    """People have become members; those who join in the same moment are told of together."""

    users: Annotated[tuple[Visitor, ...], Field(max_length=NAMED, description="the first of them")]
    count: Annotated[Count, Field(description="how many")]


@event("club_size", delivery=Delivery.LATEST)
class ClubSize(Model):
    """How many members the fan club has."""

    members: Annotated[Count, Field(description="of the club")]
