"""Coupon campaigns: create, change, start and stop, and what they came to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.campaign import (
    ActivateCampaign,
    AddDrop,
    CampaignAck,
    CampaignEdit,
    CampaignId,
    EditCampaign,
    EndCampaign,
    NewDrop,
    OfCampaign,
    PauseCampaign,
    ResumeCampaign,
)
from liveroom.rooms.messages.coupon import GrantId
from liveroom.rooms.rules.grants import campaign_of
from liveroom.rooms.value.coupons.grant_decider import record
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, Operator, RoomName
from liveroom.server.api.campaign_views import (
    CampaignHistory,
    CampaignList,
    CampaignReportView,
    CreateCampaign,
    GrantPage,
    view_report,
    view_step,
)
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.places import After, read_place, write_place
from liveroom.server.api.staff import require_role
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}/campaigns", tags=["coupons"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)
EXAMPLE = {
    "id": "spring",
    "name": "满减券",
    "currency": "CNY",
    "value": {"kind": "fixed", "amount": 500},
    "valid_s": 604_800,
    "drops": [{"ends_at": 1_790_003_600_000, "stock": 1000}],
}
EDIT = {"name": "满减券 · 加场", "drops": [{"id": "d1", "stock": 2000}]}
Wanted = Annotated[CreateCampaign, Body(examples=[EXAMPLE])]
Change = Annotated[CampaignEdit, Body(examples=[EDIT])]
Drop = Annotated[NewDrop, Body(examples=[{"in_s": 10, "lasts_s": 30, "stock": 200, "pot": 8800}])]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.post("", status_code=201, responses=refusals(404, 409, *WITH_BODY))
async def create_campaign(room: RoomName, wanted: Wanted, node: NodeOf, caller: Operator) -> CampaignReportView:
    """Make a campaign, as a draft that nobody sees. The same one again has no second effect."""
    if await node.store.load(room) is None:
        raise RealtimeError(ErrorCode.ROOM_NOT_FOUND, "there is no room of this name", room=room)
    await node.value.coupons.campaigns.create(wanted.draft(room), caller.user_id)
    return await _report(node, room, wanted.id)


@router.get("", responses=refusals(404))
async def list_campaigns(
    room: RoomName, node: NodeOf, caller: Caller, after: After = None, limit: Limit = 100
) -> CampaignList:
    """Campaigns of the room with what they came to, for its staff, those changed last first."""
    require_role(caller, room)
    reports, end = await node.value.coupons.campaigns.list_room(room, read_place(after), limit)
    return CampaignList(campaigns=[view_report(report) for report in reports], next=write_place(end))


@router.get("/{campaign}", responses=refusals(404))
async def read_campaign(room: RoomName, campaign: CampaignId, node: NodeOf, caller: Caller) -> CampaignReportView:
    """One campaign with what it came to."""
    require_role(caller, room)
    return await _report(node, room, campaign)


@router.get("/{campaign}/history", responses=refusals(404))
async def read_campaign_history(
    room: RoomName,
    campaign: CampaignId,
    node: NodeOf,
    _: Operator,
    after: Annotated[int, Query(ge=0, description="`next` of the page before")] = 0,
    limit: Limit = 100,
) -> CampaignHistory:
    """Who did what with it, and when."""
    changes = await node.value.coupons.campaigns.history(room, campaign, after, limit)
    return CampaignHistory(
        steps=[view_step(change) for change in changes], next=changes[-1].version if len(changes) == limit else None
    )


@router.get("/{campaign}/grants", responses=refusals(404))
async def list_campaign_grants(
    room: RoomName,
    campaign: CampaignId,
    node: NodeOf,
    _: Operator,
    after: Annotated[GrantId | None, Query(description="`next` of the page before")] = None,
    limit: Limit = 100,
) -> GrantPage:
    """The coupons of a campaign in the order of their ids."""
    await node.value.coupons.campaigns.report(room, campaign)
    if after is not None and campaign_of(after) != campaign:
        raise RealtimeError(ErrorCode.INVALID_FIELD, "`after` is of another campaign", field="after")
    found = await node.value.coupons.grants.list_campaign(campaign, after or "", limit)
    return GrantPage(grants=[record(each) for each in found], next=found[-1].id if len(found) == limit else None)


@router.patch("/{campaign}", responses=COMMAND)
async def edit_campaign(
    room: RoomName,
    campaign: CampaignId,
    change: Change,
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> CampaignAck:
    """Change a campaign, also while it runs; an absent field stays. Stock never goes below what is granted."""
    wanted = EditCampaign(campaign=campaign, **dict(change))
    return await _command(node, caller, room, "campaign.edit", wanted, idempotency_key)


@router.post("/{campaign}/drops", status_code=201, responses=COMMAND)
async def add_drop(
    room: RoomName,
    campaign: CampaignId,
    drop: Drop,
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> CampaignAck:
    """Announce a drop, as one of a rain; viewers see the countdown at once."""
    wanted = AddDrop(campaign=campaign, **dict(drop))
    return await _command(node, caller, room, "campaign.add_drop", wanted, idempotency_key)


@router.post("/{campaign}/activate", responses=COMMAND)
async def activate_campaign(
    room: RoomName, campaign: CampaignId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> CampaignAck:
    """Let viewers see it, and claim while a drop is open."""
    wanted = ActivateCampaign(campaign=campaign)
    return await _command(node, caller, room, "campaign.activate", wanted, idempotency_key)


@router.post("/{campaign}/pause", responses=COMMAND)
async def pause_campaign(
    room: RoomName, campaign: CampaignId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> CampaignAck:
    """Grant nothing for a while."""
    return await _command(node, caller, room, "campaign.pause", PauseCampaign(campaign=campaign), idempotency_key)


@router.post("/{campaign}/resume", responses=COMMAND)
async def resume_campaign(
    room: RoomName, campaign: CampaignId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> CampaignAck:
    """Go on after a pause."""
    return await _command(node, caller, room, "campaign.resume", ResumeCampaign(campaign=campaign), idempotency_key)


@router.post("/{campaign}/end", responses=COMMAND)
async def end_campaign(
    room: RoomName, campaign: CampaignId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> CampaignAck:
    """End it for good; what was granted stays good."""
    return await _command(node, caller, room, "campaign.end", EndCampaign(campaign=campaign), idempotency_key)


async def _command(
    node: Node, caller: Identity, room: str, type_: str, wanted: OfCampaign | Model, key: str | None
) -> CampaignAck:
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return CampaignAck.model_validate_json(answer.data)


async def _report(node: Node, room: str, campaign: str) -> CampaignReportView:
    return view_report(await node.value.coupons.campaigns.report(room, campaign))
