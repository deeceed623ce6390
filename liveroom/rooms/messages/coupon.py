"""Claiming a coupon, and the coupon that came of it (L25).

Promise: a claim is answered with what is true: granted only when it is kept for good, sold out only when none was left.
What a viewer has is told to that viewer alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.campaign import CampaignId, DropId, Rule
from liveroom.rooms.messages.money import Currency, Price
from liveroom.rooms.messages.people import EpochMs, UserId

CLAIMERS = frozenset({Role.VIEWER, Role.MODERATOR})
"""No guests: whoever likes can be a thousand of them."""

GrantId = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9_]{1,32}-d[1-9][0-9]?-[0-9]{8}-[0-9a-f]{12}$",
        description="id of the grant; its end cannot be guessed, so it can be shown as the code of the coupon",
    ),
]


class GrantStatus(StrEnum):
    """Where a grant is in its life."""

    ISSUED = "issued"
    LOCKED = "locked"
    REDEEMED = "redeemed"
    RELEASED = "released"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Grant(Model):
    """A coupon that a viewer has."""

    id: GrantId
    campaign: CampaignId
    drop: DropId
    amount: Price
    currency: Currency
    status: GrantStatus = GrantStatus.ISSUED
    expires_at: Annotated[EpochMs, Field(description="epoch ms; from then on it cannot be redeemed")]


class Outcome(StrEnum):
    """What became of a claim."""

    GRANTED = "granted"
    ALREADY_CLAIMED = "already_claimed"
    SOLD_OUT = "sold_out"
    NOT_ELIGIBLE = "not_eligible"
    NOT_OPEN = "not_open"


class Closed(StrEnum):
    """Why nothing can be claimed now."""

    EARLY = "early"
    PAUSED = "paused"
    OVER = "over"
    ENDED = "ended"


class ClaimAck(Model):
    """What became of a claim. Only `granted` is kept: any other answer may be another one the next time."""

    outcome: Outcome
    grant: Annotated[Grant | None, Field(description="granted, and already_claimed: the newest one")] = None
    rule: Annotated[Rule | None, Field(description="not_eligible: what does not hold")] = None
    reason: Annotated[Closed | None, Field(description="not_open: why")] = None
    starts_at: Annotated[EpochMs | None, Field(description="not_open because it is early: when it opens")] = None


@command("coupon.claim", roles=CLAIMERS, rate=Rate(per_s=5, burst=10), ack=ClaimAck)
class ClaimCoupon(Model):
    """Tap for a coupon. Needs a key: a repeat with the same key gets the first answer."""

    campaign: CampaignId
    drop: Annotated[DropId | None, Field(description="absent: the drop that is open, or else the next one")] = None


@event("coupon.grant_updated", delivery=Delivery.PRIVATE)
class GrantUpdated(Model):
    """The shop has locked, redeemed, released or revoked a coupon of this viewer."""

    grant: Grant


class GrantRecord(Model):
    """A coupon as the shop's server sees it."""

    id: GrantId
    campaign: CampaignId
    drop: DropId
    room: RoomId
    user_id: UserId
    amount: Price
    currency: Currency
    status: GrantStatus
    order: Annotated[str | None, Field(description="of the shop: locked or redeemed for it")] = None
    issued_at: EpochMs
    expires_at: EpochMs
    locked_until: EpochMs | None = None
    settled_at: Annotated[EpochMs | None, Field(description="redeemed, released, expired or revoked then")] = None
