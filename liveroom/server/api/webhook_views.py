"""Webhooks and their deliveries as servers see them over HTTP.

Promise: a secret is in one answer only, that of the request that made it.
"""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import Path
from pydantic import AfterValidator, Field, WithJsonSchema

from liveroom.realtime.catalogue import Model
from liveroom.realtime.wire import RoomId
from liveroom.rooms.webhook_events import WEBHOOK_EVENTS
from liveroom.rooms.webhooks.deliveries import Delivery, DeliveryState
from liveroom.rooms.webhooks.endpoint import Endpoint, EndpointState, Secret
from liveroom.rooms.webhooks.tallies import Tally


def _check_type(value: str) -> str:
    if value not in WEBHOOK_EVENTS:
        raise ValueError(f"this is no event; there are {', '.join(WEBHOOK_EVENTS)}")
    return value


EventType = Annotated[
    str, AfterValidator(_check_type), WithJsonSchema({"type": "string", "enum": sorted(WEBHOOK_EVENTS)})
]
EventTypes = Annotated[list[EventType], Field(min_length=1, max_length=64)]
WebhookUrl = Annotated[
    str,
    Field(
        pattern=r"^https?://[!-~]{1,2000}$",
        description="where events are posted to; https, and a public address (docs/webhooks.md)",
    ),
]
Moment = Annotated[int, Field(description="epoch ms, UTC")]

WebhookId = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{16}$", description="id of the webhook")]
SecretId = Annotated[str, Path(pattern=r"^s_[0-9a-f]{8}$", description="id of the secret")]
EventId = Annotated[
    str,
    Path(
        pattern=r"^evt_[0-9a-f]{1,16}-[0-9a-f]{1,16}-[0-9a-f]{1,8}$",
        description="id of the event, the `webhook-id` of its tries",
    ),
]


class CreateWebhook(Model):
    """A webhook to be."""

    url: WebhookUrl
    events: Annotated[EventTypes | None, Field(description="types; absent or null: all, those to come included")] = None
    room: Annotated[RoomId | None, Field(description="events of this room; absent or null: of all")] = None


class UpdateWebhook(Model):
    """What is to change; an absent field stays."""

    url: WebhookUrl | None = None
    events: Annotated[EventTypes | None, Field(description="null: all types")] = None
    room: Annotated[RoomId | None, Field(description="null: all rooms")] = None
    enabled: bool | None = None


class SecretView(Model):
    """A live secret, without showing it."""

    id: str
    created_at: Moment


class NewSecret(SecretView):
    """A secret when it is made; it is never shown again."""

    secret: Annotated[str, Field(description="`whsec_` and base64, for a library of Standard Webhooks")]


class WebhookView(Model):
    """A webhook. `pending`, `dead` and `missed` count events: waiting, given up, not kept."""

    id: str
    url: str
    events: list[str] | None
    room: str | None
    state: EndpointState
    disabled_by: Annotated[str | None, Field(description="who disabled it; `receiver`: it answered 410")]
    secrets: list[SecretView]
    pending: int
    dead: int
    missed: Annotated[int, Field(description="events that were not kept: too many were undelivered")]
    created_at: Moment
    updated_at: Moment


class NewWebhook(WebhookView):
    """A webhook when it is made, with its first secret."""

    secret: NewSecret


class WebhookList(Model):
    """All webhooks, the oldest first."""

    webhooks: list[WebhookView]


class DeliveryView(Model):
    """An event for a webhook, and how its last try ended."""

    event: str
    type: str
    room: str
    state: DeliveryState
    attempts: int
    created_at: Moment
    next_at: Annotated[int | None, Field(description="not tried before; epoch ms, UTC")]
    settled_at: Annotated[int | None, Field(description="when it arrived or was given up; epoch ms, UTC")]
    status: Annotated[int | None, Field(description="HTTP status of the last answer")]
    outcome: Annotated[str | None, Field(description="how the last try ended (docs/webhooks.md)")]


class DeliveryWithBody(DeliveryView):
    """The same with what is sent."""

    body: dict[str, Any]


class DeliveryPage(Model):
    """Some deliveries, the oldest first; `next` is the `after` of the next page."""

    deliveries: list[DeliveryView]
    next: int | None = None


class Resent(Model):
    """How many dead deliveries wait again; `more`: there are others, ask again."""

    count: int
    more: bool


def view_webhook(endpoint: Endpoint, tally: Tally | None) -> WebhookView:
    """A webhook with its numbers."""
    return WebhookView(**_describe(endpoint, tally))


def view_new_webhook(endpoint: Endpoint) -> NewWebhook:
    """A webhook that was just made."""
    return NewWebhook(**_describe(endpoint, None), secret=view_new_secret(endpoint.secrets[0]))


def view_new_secret(secret: Secret) -> NewSecret:
    """A secret that was just made."""
    return NewSecret(id=secret.id, created_at=secret.created_at_ms, secret=secret.text)


def view_delivery(delivery: Delivery) -> DeliveryView:
    """A delivery without its body."""
    return DeliveryView(**_describe_delivery(delivery))


def view_with_body(delivery: Delivery) -> DeliveryWithBody:
    """A delivery."""
    return DeliveryWithBody(**_describe_delivery(delivery), body=orjson.loads(delivery.body))


def _describe(endpoint: Endpoint, tally: Tally | None) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": sorted(endpoint.events) or None,
        "room": endpoint.room,
        "state": endpoint.state,
        "disabled_by": endpoint.disabled_by,
        "secrets": [SecretView(id=each.id, created_at=each.created_at_ms) for each in endpoint.secrets],
        "pending": tally.pending if tally else 0,
        "dead": tally.dead if tally else 0,
        "missed": endpoint.missed,
        "created_at": endpoint.created_at_ms,
        "updated_at": endpoint.updated_at_ms,
    }


def _describe_delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "event": delivery.event,
        "type": delivery.type,
        "room": delivery.room,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at_ms,
        "next_at": delivery.next_at_ms or None,
        "settled_at": delivery.settled_at_ms,
        "status": delivery.last_status,
        "outcome": delivery.last_outcome,
    }
