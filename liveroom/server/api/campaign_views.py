"""Campaigns and coupons as the shop's servers see them over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.campaign import (
    MOST_DROPS,
    Audience,
    CampaignId,
    CampaignName,
    CampaignStatus,
    CampaignView,
    CouponValue,
    DropId,
    PerDrop,
    PerUser,
    Pot,
    Stock,
    ValidS,
)
from liveroom.rooms.messages.coupon import Grant, GrantRecord
from liveroom.rooms.messages.money import Currency, Sum
from liveroom.rooms.messages.people import Count, EpochMs
from liveroom.rooms.rules import drops
from liveroom.rooms.rules.campaign_state import CampaignState
from liveroom.rooms.rules.drops import NOTHING, Drop
from liveroom.rooms.storage.documents import Transition
from liveroom.rooms.value.coupons.campaigns import CampaignReport

OrderRef = Annotated[str, Field(pattern=r"^[^\x00-\x20\x7f-\xa0]{1,128}$", description="id of the order in the shop")]


class PlannedDrop(Model):
    """A drop that a campaign begins with."""

    starts_at: Annotated[EpochMs, Field(description="0: as soon as the campaign is active")] = 0
    ends_at: EpochMs
    stock: Stock
    pot: Pot | None = None


class CreateCampaign(Model):
    """A campaign to be; it begins as a draft."""

    id: CampaignId
    name: CampaignName
    currency: Currency
    value: CouponValue
    valid_s: ValidS
    per_user: PerUser = 1
    per_drop: PerDrop = 1
    audience: Audience = Audience()
    ends_at: Annotated[EpochMs | None, Field(description="ends by itself then; absent: with its last drop")] = None
    drops: Annotated[list[PlannedDrop], Field(max_length=MOST_DROPS)] = Field(default_factory=list)

    def draft(self, room: str) -> CampaignState:
        """As the rules begin with it."""
        planned = (
            Drop(f"d{number}", each.starts_at, each.ends_at, each.stock, each.pot)
            for number, each in enumerate(self.drops, start=1)
        )
        return CampaignState(
            id=self.id,
            room=room,
            name=self.name,
            currency=self.currency,
            status=CampaignStatus.DRAFT,
            value=self.value,
            per_user=self.per_user,
            per_drop=self.per_drop,
            audience=self.audience,
            valid_s=self.valid_s,
            ends_at_ms=self.ends_at,
            drops=tuple(planned),
            seed="",
            created_at_ms=0,
        )


class DropReport(Model):
    """What has become of one drop."""

    granted: Annotated[Count, Field(description="ever")]
    returned: Annotated[Count, Field(description="of them released or revoked")]
    left: Count
    spent: Annotated[Sum, Field(description="worth of those that did not come back")]


class CampaignReportView(Model):
    """A campaign, and what it has come to."""

    campaign: CampaignView
    drops: Annotated[dict[DropId, DropReport], Field(description="by id of the drop")]
    issued: Annotated[Count, Field(description="coupons that viewers have or had, those that came back left out")]
    redeemed: Annotated[Count, Field(description="of them used")]
    usage_rate: Annotated[float | None, Field(ge=0, le=1, description="redeemed of issued; null: none is issued")]
    created_at: EpochMs


class CampaignList(Model):
    """Some campaigns of a room, drafts and ended ones too; `next` is the `after` of the next page."""

    campaigns: list[CampaignReportView]
    next: str | None = None


class Step(Model):
    """One change of a campaign."""

    version: Count
    at: EpochMs
    who: str
    command: str
    status: Annotated[CampaignStatus, Field(description="after it")]
    before: Annotated[dict[str, Any] | None, Field(description="what was changed, as it was; null: it was made")]
    after: Annotated[dict[str, Any], Field(description="what was changed, as it is since; all when it was made")]


class CampaignHistory(Model):
    """What was done with a campaign, in order; `next` is the `after` of the next page."""

    steps: list[Step]
    next: Annotated[int | None, Field(description="null: there is no more")] = None


class GrantPage(Model):
    """Some coupons; `next` is the `after` of the next page."""

    grants: list[GrantRecord]
    next: str | None = None


class MyCoupons(Model):
    """The caller's own coupons; `next` is the `after` of the next page."""

    grants: list[Grant]
    next: str | None = None


class Moved(Model):
    """A coupon after a command."""

    grant: GrantRecord
    duplicate: Annotated[bool, Field(description="a repeat of the key; this is the first answer")] = False


class LockGrant(Model):
    """Keep a coupon for an order that is being paid."""

    order: OrderRef
    seconds: Annotated[int, Field(ge=1, le=86_400, description="how long; a repeat begins anew")] = 900


class RedeemGrant(Model):
    """Use a coupon for an order."""

    order: OrderRef


def view_report(report: CampaignReport) -> CampaignReportView:
    """A campaign, and what it has come to."""
    state = report.state
    counted = {
        drop.id: DropReport(
            granted=tally.granted, returned=tally.returned, left=drops.left(drop, tally), spent=tally.spent
        )
        for drop in state.drops
        for tally in [report.tallies.get(drop.id, NOTHING)]
    }
    return CampaignReportView(
        campaign=state.view(),
        drops=counted,
        issued=report.issued,
        redeemed=report.redeemed,
        usage_rate=round(report.redeemed / report.issued, 4) if report.issued else None,
        created_at=state.created_at_ms,
    )


def view_step(change: Transition) -> Step:
    """One change, without what is secret; only what is different."""
    before = {name: value for name, value in (change.from_state or {}).items() if name not in HIDDEN}
    after = {name: value for name, value in change.to_state.items() if name not in HIDDEN}
    other = {name for name in after if before.get(name) != after[name]}
    return Step(
        version=change.version,
        at=change.at_ms,
        who=change.who,
        command=change.command,
        status=CampaignStatus(change.to_state["status"]),
        before=None if change.from_state is None else {name: before.get(name) for name in sorted(other)},
        after={name: after[name] for name in sorted(other)},
    )


HIDDEN = frozenset({"seed", "version"})
