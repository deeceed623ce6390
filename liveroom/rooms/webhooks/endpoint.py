"""An endpoint: a URL that is told events, with its secrets.

Promise: neither the URL (it may carry a token) nor a secret shows in a `repr`, and so in no log.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.webhooks.signature import make_secret

LIVE_SECRETS = 2
"""One in use, and a new one while the receiver changes over."""


class EndpointState(StrEnum):
    """Whether an endpoint is told; a deleted one stays until its deliveries are gone."""

    ACTIVE = "active"
    DISABLED = "disabled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret; `id` names it without showing it."""

    id: str
    text: str = field(repr=False)
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Endpoint:
    """See the module.

    Args:
        room: told of this room only; None: of all.
        events: types it asked for; empty: all, those to come included.
        disabled_by: who disabled it: id of a user or server, or `receiver` for an answer 410.
        missed: events that were not kept since too many were undelivered.
    """

    id: str
    url: str = field(repr=False)
    room: str | None
    events: frozenset[str]
    secrets: tuple[Secret, ...]
    state: EndpointState
    disabled_by: str | None
    missed: int
    created_at_ms: int
    updated_at_ms: int

    def wants(self, type_: str) -> bool:
        """Whether it asked for events of a type."""
        return not self.events or type_ in self.events


def make_endpoint(url: str, room: str | None, events: frozenset[str], now_ms: int) -> Endpoint:
    """A new endpoint with its first secret. The URL has been checked."""
    return Endpoint(
        id=f"wh_{secrets.token_hex(8)}",
        url=url,
        room=room,
        events=events,
        secrets=(_new_secret(now_ms),),
        state=EndpointState.ACTIVE,
        disabled_by=None,
        missed=0,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
    )


def add_secret(endpoint: Endpoint, now_ms: int) -> Endpoint:
    """The endpoint with a further secret, as its last one.

    Raises:
        Refusal: `wrong_state`, two are live.
    """
    if len(endpoint.secrets) >= LIVE_SECRETS:
        text = f"{LIVE_SECRETS} secrets are live; delete the one that the receiver does not use"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=endpoint.state.value)
    return replace(endpoint, secrets=(*endpoint.secrets, _new_secret(now_ms)))


def drop_secret(endpoint: Endpoint, secret_id: str) -> Endpoint:
    """The endpoint without a secret.

    Raises:
        Refusal: `not_found`; `wrong_state`, it is the only one.
    """
    left = tuple(secret for secret in endpoint.secrets if secret.id != secret_id)
    if len(left) == len(endpoint.secrets):
        raise Refusal(ErrorCode.NOT_FOUND, "this webhook has no secret of this id", id=secret_id)
    if not left:
        text = "this is the only secret; add another one first"
        raise Refusal(ErrorCode.WRONG_STATE, text, state=endpoint.state.value)
    return replace(endpoint, secrets=left)


def switch(endpoint: Endpoint, *, is_active: bool, who: str) -> Endpoint:
    """The endpoint, enabled or disabled by somebody; nothing changes when it is so already."""
    if is_active == (endpoint.state is EndpointState.ACTIVE):
        return endpoint
    state = EndpointState.ACTIVE if is_active else EndpointState.DISABLED
    return replace(endpoint, state=state, disabled_by=None if is_active else who)


def erase(endpoint: Endpoint) -> Endpoint:
    """What stays of an endpoint that is deleted."""
    return replace(endpoint, url="", secrets=(), state=EndpointState.DELETED)


def write_secrets(endpoint: Endpoint) -> list[dict[str, object]]:
    """The secrets as they are stored."""
    return [{"id": each.id, "text": each.text, "created_at_ms": each.created_at_ms} for each in endpoint.secrets]


def read_secret(stored: Mapping[str, Any]) -> Secret:
    """A secret as it was stored."""
    return Secret(stored["id"], stored["text"], stored["created_at_ms"])


def _new_secret(now_ms: int) -> Secret:
    return Secret(f"s_{secrets.token_hex(4)}", make_secret(), now_ms)
