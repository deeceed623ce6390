"""Comments that wait for the staff, and people who ask to be let in again (L10).

Promise: every held comment is settled, by somebody of the staff or at its deadline; its author is told what became of
it. What waits is in the `me` part of the staff's joins.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Delivery, Model, command, event
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.people import EpochMs, ItemId, UserId
from liveroom.rooms.messages.talk import STAFF_PACE, Fallback
from liveroom.rooms.moderation.screen import Reason

MAX_FOUND = 64
APPEAL_CHARS = 500


class HeldComment(Model):
    """A comment that others see when the staff, or its deadline, says so."""

    comment: CommentSent
    reason: Annotated[Reason, Field(description="why it waits")]
    found: Annotated[
        tuple[str, ...], Field(max_length=MAX_FOUND, strict=False, description="the words or kind of contact")
    ] = ()
    until: EpochMs
    fallback: Annotated[Fallback, Field(description="what becomes of it then")]


class Verdict(StrEnum):
    """What became of a held comment."""

    PUBLISHED = "published"
    REFUSED = "refused"


@event("comment.held", delivery=Delivery.PRIVATE)
class CommentHeld(Model):
    """For the staff: a comment waits."""

    held: HeldComment


@event("comment.reviewed", delivery=Delivery.PRIVATE)
class CommentReviewed(Model):
    """For the staff and its author: a comment waits no more."""

    comment_id: ItemId
    verdict: Verdict
    by: Annotated[UserId | None, Field(description="for the staff: who decided; absent: its deadline did")] = None


class ReviewAck(Model):
    """What became of it."""

    verdict: Verdict


@command("comment.review", roles=STAFF, rate=STAFF_PACE, ack=ReviewAck)
class ReviewComment(Model):
    """Decide about a comment that waits. The same decision again has no further effect."""

    comment_id: ItemId
    publish: Annotated[bool, Field(description="false: nobody else sees it")]


class AppealStatus(StrEnum):
    """Where a request to be let in again stands."""

    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"


class Appeal(Model):
    """Somebody who was banned asks to be let in again."""

    user_id: UserId
    status: AppealStatus
    text: Annotated[str, Field(min_length=1, max_length=APPEAL_CHARS, description="what they say")]
    at: EpochMs
    again_at: Annotated[EpochMs | None, Field(description="after a denial: when they may ask again")] = None


@event("appeal.changed", delivery=Delivery.PRIVATE)
class AppealChanged(Model):
    """For the staff: somebody asks to be let in again, or was answered."""

    appeal: Appeal


class AppealAck(Model):
    """Where it stands now."""

    appeal: Appeal


@command("appeal.decide", roles=STAFF, rate=STAFF_PACE, ack=AppealAck)
class DecideAppeal(Model):
    """Answer a request to be let in again; granting it lifts the ban."""

    user_id: UserId
    grant: Annotated[bool, Field(description="false: the ban stays")]
