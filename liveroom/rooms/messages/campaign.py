"""Coupon campaigns as everybody sees them, and what their host does with them (L25).

Promise: `campaign.changed` carries the whole public view with its version, so the newest one alone is enough. What
is secret about a campaign (the seed of random amounts) is never part of a message.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from liveroom.realtime.catalogue import HOSTS, Delivery, Model, Rate, command, event
from liveroom.rooms.messages.money import Currency, Price
from liveroom.rooms.messages.people import Count, EpochMs, Level

HOST_PACE = Rate(per_s=1, burst=10)
DAY_S = 86_400
NAME_CHARS = 40
MOST_STOCK = 10_000_000
MOST_DROPS = 20
MOST_EACH = 100
MOST_CAMPAIGNS = 32
"""That are shown in a room at the same time: those that are neither drafts nor ended."""

CampaignId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$", description="id of the campaign, chosen by the shop")]
DropId = Annotated[str, Field(pattern=r"^d[1-9][0-9]?$", description="id of a drop in its campaign: d1, d2 …")]
CampaignName = Annotated[str, Field(min_length=1, max_length=NAME_CHARS, description="name to show")]
Stock = Annotated[int, Field(ge=1, le=MOST_STOCK, description="coupons in all, granted ones included")]
PerUser = Annotated[int, Field(ge=1, le=MOST_EACH, description="coupons one viewer can have of the campaign")]
PerDrop = Annotated[int, Field(ge=1, le=MOST_EACH, description="coupons one viewer can have of a drop")]
ValidS = Annotated[int, Field(ge=60, le=400 * DAY_S, description="seconds from the grant in which it can be redeemed")]
Pot = Annotated[Price, Field(description="sum of all amounts of the drop, random values only")]
Seq = Annotated[int, Field(ge=1, le=2**53 - 1, description="counts the changes of the campaign; the highest is newest")]


class CampaignStatus(StrEnum):
    """Where a campaign is in its life."""

    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    EXHAUSTED = "exhausted"
    ENDED = "ended"


class FixedValue(Model):
    """Every coupon is worth the same."""

    kind: Literal["fixed"]
    amount: Price


class RandomValue(Model):
    """A red packet: each coupon is worth a random part of the drop's pot, within bounds."""

    kind: Literal["random"]
    min: Annotated[Price, Field(description="least amount of one coupon")]
    max: Annotated[Price, Field(description="largest amount of one coupon")]


CouponValue = Annotated[FixedValue | RandomValue, Field(discriminator="kind", description="what a coupon is worth")]


class Audience(Model):
    """Who may claim; all that is given must hold. Absent or false: not asked for."""

    level_min: Annotated[Level | None, Field(description="least fan level")] = None
    followed: Annotated[bool, Field(description="follows the host")] = False
    member: Annotated[bool, Field(description="belongs to a community")] = False
    fan: Annotated[bool, Field(description="member of the room's fan club")] = False
    minutes: Annotated[int | None, Field(ge=1, le=1440, description="minutes watched in this visit")] = None
    spent: Annotated[Price | None, Field(description="spent in this room, in minor units")] = None


class Rule(StrEnum):
    """Which part of the audience rule does not hold."""

    LEVEL = "level"
    FOLLOWED = "followed"
    MEMBER = "member"
    FAN = "fan"
    MINUTES = "minutes"
    SPENT = "spent"


class DropView(Model):
    """One window in which coupons can be claimed."""

    id: DropId
    starts_at: Annotated[EpochMs, Field(description="epoch ms of the server's clock; claims before it are too early")]
    ends_at: Annotated[EpochMs, Field(description="epoch ms of the server's clock; claims from then on are too late")]
    stock: Stock
    pot: Pot | None = None
    exhausted: Annotated[bool, Field(description="none is left")] = False


class CampaignView(Model):
    """A campaign as everybody sees it."""

    id: CampaignId
    name: CampaignName
    currency: Currency
    status: CampaignStatus
    value: CouponValue
    per_user: PerUser = 1
    per_drop: PerDrop = 1
    audience: Audience = Audience()
    valid_s: ValidS
    ends_at: Annotated[EpochMs | None, Field(description="ends by itself then; absent: with its last drop")] = None
    drops: Annotated[
        tuple[DropView, ...], Field(max_length=MOST_DROPS, strict=False, description="in the order they were added")
    ]
    version: Seq


class CampaignAck(Model):
    """The campaign after the command."""

    campaign: CampaignView


class Change(StrEnum):
    """What has changed."""

    ACTIVATED = "activated"
    PAUSED = "paused"
    RESUMED = "resumed"
    EDITED = "edited"
    DROP_ADDED = "drop_added"
    EXHAUSTED = "exhausted"
    RESTOCKED = "restocked"
    ENDED = "ended"


class OfCampaign(Model):
    """Something about one campaign."""

    campaign: CampaignId


@command("campaign.activate", roles=HOSTS, rate=HOST_PACE, ack=CampaignAck)
class ActivateCampaign(OfCampaign):
    """Let viewers see the campaign, and claim while one of its drops is open."""


@command("campaign.pause", roles=HOSTS, rate=HOST_PACE, ack=CampaignAck)
class PauseCampaign(OfCampaign):
    """Grant nothing for a while."""


@command("campaign.resume", roles=HOSTS, rate=HOST_PACE, ack=CampaignAck)
class ResumeCampaign(OfCampaign):
    """Go on after a pause."""


@command("campaign.end", roles=HOSTS, rate=HOST_PACE, ack=CampaignAck)
class EndCampaign(OfCampaign):
    """End the campaign for good; what was granted stays good."""


class NewDrop(Model):
    """A drop to be announced."""

    in_s: Annotated[int, Field(ge=0, le=7 * DAY_S, description="seconds until it opens")] = 10
    lasts_s: Annotated[int, Field(ge=1, le=400 * DAY_S, description="seconds it stays open")] = 60
    stock: Stock
    pot: Pot | None = None


@command("campaign.add_drop", roles=HOSTS, rate=HOST_PACE, ack=CampaignAck)
class AddDrop(NewDrop, OfCampaign):
    """Announce a drop: viewers see the countdown at once."""


class DropChange(Model):
    """What to change in a drop; an absent field stays. The beginning of a drop that has begun stays."""

    id: DropId
    starts_at: EpochMs | None = None
    ends_at: EpochMs | None = None
    stock: Annotated[Stock | None, Field(description="never below what is granted")] = None
    pot: Pot | None = None


class CampaignEdit(Model):
    """What to change; an absent field stays. The value of its coupons can be changed only while it is a draft."""

    name: CampaignName | None = None
    value: CouponValue | None = None
    per_user: PerUser | None = None
    per_drop: PerDrop | None = None
    audience: Audience | None = None
    valid_s: ValidS | None = None
    ends_at: EpochMs | None = None
    drops: Annotated[
        tuple[DropChange, ...],
        # Not strict: an HTTP body arrives here as Python values, where an array is a list.
        Field(max_length=MOST_DROPS, strict=False, description="changes of drops, by id"),
    ] = ()


@command("campaign.edit", roles=HOSTS, rate=HOST_PACE, ack=CampaignAck)
class EditCampaign(CampaignEdit, OfCampaign):
    """Change a campaign, also while it runs; an absent field stays."""


@event("campaign.changed", delivery=Delivery.SEQUENCED, vital=True)
class CampaignChanged(Model):
    """A campaign is another now. One that is ended leaves the snapshot."""

    change: Change
    campaign: CampaignView


@event("coupon.drop_announced", delivery=Delivery.SEQUENCED, vital=True)
class DropAnnounced(Model):
    """A drop will open, or has opened: count down to `starts_at` by the server's clock."""

    campaign: CampaignId
    name: CampaignName
    drop: DropView


class StockLeft(Model):
    """What is left of one campaign."""

    left: Annotated[
        dict[DropId, Count], Field(max_length=MOST_DROPS, description="coupons left, by drop; absent: no longer told")
    ] = Field(default_factory=dict)
    n: Annotated[Count, Field(description="grows with every change; the higher one is newer")]


@event("coupon_stock", delivery=Delivery.LATEST)
class CouponStock(Model):
    """What is left, by campaign."""

    campaigns: Annotated[dict[str, StockLeft], Field(max_length=256, description="by id of the campaign")]
