"""Who may write in a room, what becomes of their words, and what is pinned (L9, L10).

Promise: what holds is part of the snapshot, so that a client can say beforehand why somebody cannot write; it holds for
viewers and guests, never for staff.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import STAFF, Delivery, Model, Rate, command, event
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.people import MAX_LEVEL, EpochMs, ItemId, UserId

STAFF_PACE = Rate(per_s=5, burst=20)
SLOWEST_S = 300
"""A key is remembered for 600 s, so a comment that was slowed down can still be sent again with its own."""
MAX_REMOVED = 500

_AS_RULED = Field(description="as in the rules; absent: stays")
Version = Annotated[int, Field(ge=0, le=2**53 - 1, description="grows with every change; the higher one is newer")]


class Treatment(StrEnum):
    """What becomes of a comment, from mild to strict."""

    SHOW = "show"
    MASK = "mask"
    SHADOW = "shadow"
    HOLD = "hold"
    BLOCK = "block"


class Held(StrEnum):
    """Whose comments wait for the staff before others see them."""

    NOBODY = "nobody"
    GUESTS = "guests"
    EVERYBODY = "everybody"


class Fallback(StrEnum):
    """What becomes of a held comment that nobody looked at in time."""

    PUBLISH = "publish"
    REFUSE = "refuse"


class TalkRules(Model):
    """What holds for viewers and guests who write."""

    muted_all: Annotated[bool, Field(description="nobody but staff may write")] = False
    slow_s: Annotated[int, Field(ge=0, le=SLOWEST_S, description="one comment of each in this many seconds")] = 0
    followers_only: Annotated[bool, Field(description="only who follows the host, as their token says")] = False
    members_only: Annotated[bool, Field(description="only members of the fan club")] = False
    min_level: Annotated[int, Field(ge=0, le=MAX_LEVEL, description="least fan level; 0: any")] = 0
    contacts: Annotated[Treatment, Field(description="links, mail addresses, phone numbers, accounts")] = (
        Treatment.BLOCK
    )
    hold: Annotated[Held, Field(description="whose comments wait for the staff")] = Held.NOBODY
    hold_s: Annotated[int, Field(ge=5, le=600, description="how long a held comment waits")] = 60
    hold_fallback: Annotated[Fallback, Field(description="what becomes of it then")] = Fallback.REFUSE
    fold_s: Annotated[
        int, Field(ge=0, le=60, description="the same words again within this time are counted, not shown; 0: never")
    ] = 10


class Pinned(Model):
    """A comment that stays on top."""

    comment: CommentSent
    by: Annotated[UserId, Field(description="who pinned it")]
    at: EpochMs


class TalkStatus(StrEnum):
    """In one word."""

    OPEN = "open"
    MUTED = "muted"


class TalkView(Model):
    """Who may write here, and what is pinned."""

    id: RoomId
    version: Version
    status: Annotated[TalkStatus, Field(description="`muted`: nobody but staff writes")]
    rules: TalkRules = TalkRules()
    pinned: Pinned | None = None


@event("talk.changed", delivery=Delivery.SEQUENCED, vital=True)
class TalkChanged(Model):
    """Other rules hold, or another comment is pinned."""

    talk: TalkView


class TalkAck(Model):
    """What holds now."""

    talk: TalkView


@command("talk.set_rules", roles=STAFF, rate=STAFF_PACE, ack=TalkAck)
class SetTalkRules(Model):
    """Change what holds for those who write; an absent field stays as it is."""

    muted_all: Annotated[bool | None, _AS_RULED] = None
    slow_s: Annotated[int | None, _AS_RULED, Field(ge=0, le=SLOWEST_S)] = None
    followers_only: Annotated[bool | None, _AS_RULED] = None
    members_only: Annotated[bool | None, _AS_RULED] = None
    min_level: Annotated[int | None, _AS_RULED, Field(ge=0, le=MAX_LEVEL)] = None
    contacts: Annotated[Treatment | None, _AS_RULED, Field(strict=False)] = None
    hold: Annotated[Held | None, _AS_RULED, Field(strict=False)] = None
    hold_s: Annotated[int | None, _AS_RULED, Field(ge=5, le=600)] = None
    hold_fallback: Annotated[Fallback | None, _AS_RULED, Field(strict=False)] = None
    fold_s: Annotated[int | None, _AS_RULED, Field(ge=0, le=60)] = None


@command("comment.pin", roles=STAFF, rate=STAFF_PACE, ack=TalkAck)
class PinComment(Model):
    """Keep a comment of the history on top; it replaces the one that was pinned."""

    comment_id: ItemId


@command("comment.unpin", roles=STAFF, rate=STAFF_PACE, ack=TalkAck)
class UnpinComment(Model):
    """Pin nothing."""


@command("comment.remove", roles=STAFF, rate=STAFF_PACE)
class RemoveComment(Model):
    """Take a comment back from everybody, also from the history that others resume from."""

    comment_id: ItemId


@command("comment.remove_all", roles=STAFF, rate=STAFF_PACE)
class RemoveComments(Model):
    """Take back every comment of somebody that the history still has."""

    user_id: UserId


@event("comment.removed", delivery=Delivery.SEQUENCED, vital=True)
class CommentsRemoved(Model):
    """Comments were taken back: drop them, and what quotes them. In a history it stands where they were."""

    ids: Annotated[
        tuple[ItemId, ...], Field(min_length=1, max_length=MAX_REMOVED, strict=False, description="of the comments")
    ]
