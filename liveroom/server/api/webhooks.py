"""Webhooks: who is told what happens here, and by which secrets they know that it is us."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body

from liveroom.rooms.webhooks.endpoint import Endpoint, add_secret, drop_secret, erase, make_endpoint, switch
from liveroom.server.api.access import DOCUMENTED, NodeOf, Operator
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.webhook_views import (
    CreateWebhook,
    NewSecret,
    NewWebhook,
    SecretId,
    UpdateWebhook,
    WebhookId,
    WebhookList,
    WebhookView,
    view_new_secret,
    view_new_webhook,
    view_webhook,
)
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"], dependencies=DOCUMENTED)

EXAMPLE = {"url": "https://shop.example.org/live", "events": ["coupon.granted", "campaign.exhausted"]}
Wanted = Annotated[CreateWebhook, Body(examples=[EXAMPLE])]
Change = Annotated[UpdateWebhook, Body(examples=[{"enabled": False}])]


@router.post("", status_code=201, responses=refusals(*WITH_BODY))
async def create_webhook(wanted: Wanted, node: NodeOf, caller: Operator) -> NewWebhook:
    """Be told what happens. The answer has the secret; it is not shown again."""
    node.webhooks.guard.check_url(wanted.url)
    events = frozenset(wanted.events or ())
    endpoint = make_endpoint(wanted.url, wanted.room, events, node.clock.now_ms())
    await node.webhooks.endpoints.create(endpoint, caller.user_id)
    return view_new_webhook(endpoint)


@router.get("", responses=refusals())
async def list_webhooks(node: NodeOf, _: Operator) -> WebhookList:
    """All webhooks with the number of their events that wait or are dead."""
    tallies = {tally.endpoint: tally for tally in await node.webhooks.tallies.count()}
    endpoints = await node.webhooks.endpoints.list()
    return WebhookList(webhooks=[view_webhook(each, tallies.get(each.id)) for each in endpoints])


@router.get("/{webhook}", responses=refusals(404))
async def read_webhook(webhook: WebhookId, node: NodeOf, _: Operator) -> WebhookView:
    """One webhook."""
    return await _view(node, await node.webhooks.endpoints.find(webhook))


@router.patch("/{webhook}", responses=refusals(404, *WITH_BODY))
async def update_webhook(webhook: WebhookId, change: Change, node: NodeOf, caller: Operator) -> WebhookView:
    """Change what is told and where to, disable or enable it. Events that happen while it is disabled are not told."""
    if change.url is not None:
        node.webhooks.guard.check_url(change.url)

    def rule(endpoint: Endpoint) -> Endpoint:
        if change.url is not None:
            endpoint = replace(endpoint, url=change.url)
        if "events" in change.model_fields_set:
            endpoint = replace(endpoint, events=frozenset(change.events or ()))
        if "room" in change.model_fields_set:
            endpoint = replace(endpoint, room=change.room)
        if change.enabled is not None:
            endpoint = switch(endpoint, is_active=change.enabled, who=caller.user_id)
        return endpoint

    changed = await node.webhooks.endpoints.change(webhook, rule, node.clock.now_ms(), caller.user_id)
    return await _view(node, changed)


@router.delete("/{webhook}", status_code=204, responses=refusals(404))
async def delete_webhook(webhook: WebhookId, node: NodeOf, caller: Operator) -> None:
    """Tell it no more; its deliveries are deleted too."""
    await node.webhooks.endpoints.change(webhook, erase, node.clock.now_ms(), caller.user_id)


@router.post("/{webhook}/secrets", status_code=201, responses=refusals(404, 409))
async def add_webhook_secret(webhook: WebhookId, node: NodeOf, caller: Operator) -> NewSecret:
    """Make a second secret. From now on both sign; delete the old one when the receiver knows the new one."""
    now_ms = node.clock.now_ms()
    changed = await node.webhooks.endpoints.change(
        webhook, lambda endpoint: add_secret(endpoint, now_ms), now_ms, caller.user_id
    )
    return view_new_secret(changed.secrets[-1])


@router.delete("/{webhook}/secrets/{secret}", status_code=204, responses=refusals(404, 409))
async def delete_webhook_secret(webhook: WebhookId, secret: SecretId, node: NodeOf, caller: Operator) -> None:
    """Sign with it no more; the last one stays."""
    await node.webhooks.endpoints.change(
        webhook, lambda endpoint: drop_secret(endpoint, secret), node.clock.now_ms(), caller.user_id
    )


async def _view(node: Node, endpoint: Endpoint) -> WebhookView:
    tallies = await node.webhooks.tallies.count()
    return view_webhook(endpoint, next((each for each in tallies if each.endpoint == endpoint.id), None))
