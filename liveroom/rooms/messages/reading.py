"""Lists that are read page by page: who is here, and who stands where (L32).

Promise: a page goes on where the one before ended; what a page shows was true when it was read, and nothing is kept
for whoever reads.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model, Rate, command
from liveroom.rooms.messages.people import Count, Visitor

READ_PACE = Rate(per_s=1, burst=5)
PAGE = 50
LONGEST_PAGE = 100
CROWD_AFTER = r"^[0-9]{1,4}:[0-9]{1,4}:[^\x00-\x20\x7f-\xa0]{1,128}$"
RANK_AFTER = r"^[0-9]{1,9}:[0-9]{1,19}:[^\x00-\x20\x7f-\xa0]{1,128}$"

Limit = Annotated[int, Field(ge=1, le=LONGEST_PAGE, description="most people of a page")]
Next = Annotated[str | None, Field(description="`after` of the next page; absent: this is the last")]


class AudiencePage(Model):
    """Some of those who are here."""

    viewers: Annotated[Count, Field(description="people who watch, on all nodes")]
    people: Annotated[
        tuple[Visitor, ...], Field(max_length=LONGEST_PAGE, description="highest level first, then by id")
    ]
    next: Next = None


@command("audience.read", rate=READ_PACE, ack=AudiencePage)
class ReadAudience(Model):
    """Read who is here: by level, then level in the fan club, then id."""

    after: Annotated[str | None, Field(pattern=CROWD_AFTER, description="`next` of the page before")] = None
    limit: Limit = PAGE


class RankOf(StrEnum):
    """What a rank is by."""

    GIFTS = "gifts"
    POINTS = "points"
    CLUB = "club"


class RankPlace(Model):
    """One place of a rank."""

    rank: Annotated[int, Field(ge=1, description="counted from 1")]
    user: Visitor
    value: Annotated[int, Field(ge=0, description="minor units given, or points")]


class RankPage(Model):
    """Some places of a rank."""

    places: Annotated[tuple[RankPlace, ...], Field(max_length=LONGEST_PAGE, description="highest first")]
    next: Next = None


@command("ranks.read", rate=READ_PACE, ack=RankPage)
class ReadRanks(Model):
    """Read who has given most, or has earned most in the room or in its fan club."""

    of: Annotated[RankOf, Field(strict=False)]
    show: Annotated[
        str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="gifts: of a show, or `now`; absent: of all")
    ] = None
    after: Annotated[str | None, Field(pattern=RANK_AFTER, description="`next` of the page before")] = None
    limit: Limit = PAGE
