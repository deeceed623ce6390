"""Signatures by which a receiver knows that a webhook is ours: Standard Webhooks 1.0, HMAC-SHA256.

Promise: every live secret signs, so that a receiver that knows any of them is content while secrets are exchanged.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32
"""The size of what SHA-256 gives; Standard Webhooks asks for 24 to 64."""


def make_secret() -> str:
    """A new secret, `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(event: str, body: bytes, live_secrets: Iterable[str], now_ms: int) -> dict[str, str]:
    """The headers of one try.

    Args:
        event: id of the event, the same at every try.
        live_secrets: each signs.
        now_ms: epoch ms of this try; receivers refuse what is older than five minutes.
    """
    at = datetime.fromtimestamp(now_ms // 1000, UTC)
    text = body.decode()
    return {
        "webhook-id": event,
        "webhook-timestamp": str(now_ms // 1000),
        "webhook-signature": " ".join(Webhook(secret).sign(event, at, text) for secret in live_secrets),
    }
