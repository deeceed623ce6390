"""Deliveries of a webhook: look at what waits, arrived or is dead, and send it again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.webhooks.deliveries import DeliveryState
from liveroom.rooms.webhooks.endpoint import EndpointState
from liveroom.rooms.webhooks.letters import RESEND_MOST
from liveroom.server.api.access import DOCUMENTED, NodeOf, Operator
from liveroom.server.api.errors import refusals
from liveroom.server.api.webhook_views import (
    DeliveryPage,
    DeliveryView,
    DeliveryWithBody,
    EventId,
    Resent,
    WebhookId,
    view_delivery,
    view_with_body,
)
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/webhooks/{webhook}", tags=["webhooks"], dependencies=DOCUMENTED)


@router.get("/deliveries", responses=refusals(404))
async def list_deliveries(
    webhook: WebhookId,
    node: NodeOf,
    _: Operator,
    state: Annotated[DeliveryState, Query(description="which")] = DeliveryState.DEAD,
    after: Annotated[int, Query(ge=0, le=2**53, description="`next` of the page before")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveryPage:
    """Deliveries in one state, the oldest event first."""
    await node.webhooks.endpoints.find(webhook)
    found = await node.webhooks.letters.list(webhook, state, after, limit)
    return DeliveryPage(
        deliveries=[view_delivery(each) for each in found], next=found[-1].number if len(found) == limit else None
    )


@router.get("/deliveries/{event}", responses=refusals(404))
async def read_delivery(webhook: WebhookId, event: EventId, node: NodeOf, _: Operator) -> DeliveryWithBody:
    """One delivery with its body."""
    await node.webhooks.endpoints.find(webhook)
    return view_with_body(await node.webhooks.letters.find(webhook, event))


@router.post("/deliveries/{event}/resend", responses=refusals(404, 409))
async def resend_delivery(webhook: WebhookId, event: EventId, node: NodeOf, _: Operator) -> DeliveryView:
    """Send one again under the same id, also when it had arrived."""
    await _require_active(node, webhook)
    delivery = await node.webhooks.letters.resend(webhook, event, node.clock.now_ms())
    node.webhooks.courier.wake([webhook])
    return view_delivery(delivery)


@router.post("/resend", responses=refusals(404, 409))
async def resend_dead(webhook: WebhookId, node: NodeOf, _: Operator) -> Resent:
    """Send the oldest dead deliveries again, at most 1,000 at a time."""
    await _require_active(node, webhook)
    count = await node.webhooks.letters.resend_dead(webhook, node.clock.now_ms())
    node.webhooks.courier.wake([webhook])
    return Resent(count=count, more=count == RESEND_MOST)


async def _require_active(node: Node, webhook: str) -> None:
    endpoint = await node.webhooks.endpoints.find(webhook)
    if endpoint.state is not EndpointState.ACTIVE:
        raise RealtimeError(ErrorCode.WRONG_STATE, "enable the webhook first", state=endpoint.state.value)
