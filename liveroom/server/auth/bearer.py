"""Reads `Authorization: Bearer …` and compares what it carries with one secret.

Promise: a comparison takes the same time wherever the difference is.
"""

from __future__ import annotations

import hmac
import re

from pydantic import SecretStr

# The form of RFC 6750 §2.1; longer than any token that is accepted anywhere, and no longer.
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/=-]{1,8192}) *", re.IGNORECASE)


def read_bearer(header: str | None) -> str | None:
    """The credential in an `Authorization` header, or None when it is missing or of another form (RFC 6750 §2.1)."""
    match = _BEARER.fullmatch(header) if header is not None else None
    return match[1] if match else None


def bearer_matches(header: str | None, secret: SecretStr) -> bool:
    """Whether an `Authorization` header carries exactly `secret`."""
    given = read_bearer(header)
    return given is not None and hmac.compare_digest(given.encode(), secret.get_secret_value().encode())
