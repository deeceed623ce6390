"""Granted coupons: look at them, lock, redeem, give back, take away; and the caller's own ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query

from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.coupon import ClaimAck, ClaimCoupon, GrantId, GrantRecord
from liveroom.rooms.messages.people import UserId
from liveroom.rooms.rules import grants
from liveroom.rooms.value.coupons.grant_decider import record
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, Operator, RoomName
from liveroom.server.api.campaign_views import GrantPage, LockGrant, Moved, MyCoupons, RedeemGrant
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.talk import Sent
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1", tags=["coupons"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409)
Claim = Annotated[ClaimCoupon, Body(examples=[{"campaign": "spring"}])]
Lock = Annotated[LockGrant, Body(examples=[{"order": "o-17", "seconds": 900}])]
Redeem = Annotated[RedeemGrant, Body(examples=[{"order": "o-17"}])]
After = Annotated[GrantId | None, Query(description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=500)]


class Claimed(Sent):
    """What became of a claim."""

    data: ClaimAck


@router.post("/rooms/{room}/claims", responses=refusals(404, 409, 429, *WITH_BODY))
async def claim_coupon(
    room: RoomName, claim: Claim, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> Claimed:
    """Claim a coupon as the caller, a viewer."""
    answer = await node.rooms.call(caller, room, "coupon.claim", claim, idempotency_key or make_key())
    return Claimed(duplicate=answer.duplicate, data=ClaimAck.model_validate_json(answer.data))


@router.get("/rooms/{room}/my/coupons", responses=refusals(404))
async def list_my_coupons(
    room: RoomName, node: NodeOf, caller: Caller, after: After = None, limit: Limit = 100
) -> MyCoupons:
    """The caller's own coupons of this room, in the order of their ids."""
    node.rooms.admit(await node.rooms.room(room), caller)
    found = await node.value.coupons.grants.list_user(caller.user_id, room, after or "", limit)
    return MyCoupons(grants=[each.view() for each in found], next=found[-1].id if len(found) == limit else None)


@router.get("/grants", responses=refusals())
async def list_user_grants(
    node: NodeOf,
    _: Operator,
    user_id: Annotated[UserId, Query()],
    after: After = None,
    limit: Limit = 100,
) -> GrantPage:
    """The coupons of a user in all rooms, in the order of their ids."""
    found = await node.value.coupons.grants.list_user(user_id, None, after or "", limit)
    return GrantPage(grants=[record(each) for each in found], next=found[-1].id if len(found) == limit else None)


@router.get("/grants/{grant}", responses=refusals(404))
async def read_grant(grant: GrantId, node: NodeOf, _: Operator) -> GrantRecord:
    """One coupon."""
    return record(await node.value.coupons.grants.find(grant))


@router.post("/grants/{grant}/lock", responses=refusals(404, 409, *WITH_BODY))
async def lock_grant(
    grant: GrantId, wanted: Lock, node: NodeOf, caller: Operator, idempotency_key: IdempotencyKey = None
) -> Moved:
    """Keep a coupon for an order that is being paid. The same order may lock it again, to have more time."""
    return await _move(node, caller, grant, grants.Lock(wanted.order, wanted.seconds), idempotency_key)


@router.post("/grants/{grant}/unlock", responses=COMMAND)
async def unlock_grant(grant: GrantId, node: NodeOf, caller: Operator, idempotency_key: IdempotencyKey = None) -> Moved:
    """The order was not paid: its owner can use the coupon again."""
    return await _move(node, caller, grant, grants.Unlock(), idempotency_key)


@router.post("/grants/{grant}/redeem", responses=refusals(404, 409, *WITH_BODY))
async def redeem_grant(
    grant: GrantId, wanted: Redeem, node: NodeOf, caller: Operator, idempotency_key: IdempotencyKey = None
) -> Moved:
    """Use a coupon for an order. The same order again changes nothing."""
    return await _move(node, caller, grant, grants.Redeem(wanted.order), idempotency_key)


@router.post("/grants/{grant}/release", responses=COMMAND)
async def release_grant(
    grant: GrantId, node: NodeOf, caller: Operator, idempotency_key: IdempotencyKey = None
) -> Moved:
    """Give a coupon back: it is left for others, and its owner may claim again."""
    return await _move(node, caller, grant, grants.Release(), idempotency_key)


@router.post("/grants/{grant}/revoke", responses=COMMAND)
async def revoke_grant(grant: GrantId, node: NodeOf, caller: Operator, idempotency_key: IdempotencyKey = None) -> Moved:
    """Take a coupon away: it is left for others, but not for its owner."""
    return await _move(node, caller, grant, grants.Revoke(), idempotency_key)


async def _move(node: Node, caller: Identity, grant: str, command: grants.Command, key: str | None) -> Moved:
    after, duplicate = await node.value.coupons.grants.move(grant, command, key, caller.user_id)
    return Moved(grant=after, duplicate=duplicate)
