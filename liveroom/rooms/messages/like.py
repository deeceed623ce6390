"""Likes: batched by the client, summed by the server (L13).

Promise: the total is absolute, so a lost update heals with the next.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.rooms.messages.people import Count

LIKES_PER_BATCH = 50


@command("like.send", rate=Rate(per_s=20, burst=60, charge="count"))
class SendLikes(Model):
    """Like the show; a client sums up taps and sends a few times per second. Each like counts for the rate."""

    count: Annotated[int, Field(ge=1, le=LIKES_PER_BATCH, description="taps since the last batch")]


@event("likes", delivery=Delivery.LATEST)
class LikesCounted(Model):
    """All likes of the show so far."""

    total: Annotated[Count, Field(description="likes of the show")]


@event("like.milestone_reached", delivery=Delivery.SEQUENCED)
class LikeMilestoneReached(Model):
    """The likes passed 100, 200, 500, 1,000, 2,000, 5,000 …"""

    total: Annotated[Count, Field(description="the milestone, not the exact total")]
