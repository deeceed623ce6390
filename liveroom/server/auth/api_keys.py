"""Keys with which other servers call this one.

Only the SHA-256 of a key is configured. That is enough because a key is 256 random bits made here: there is nothing
to guess, so a slow hash would only cost time.
Promise: the time to refuse a key says nothing about the keys that exist.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from liveroom.server.auth.bearer import read_bearer
from liveroom.server.settings.parts import ApiKeyHashes

_NAME = re.compile(r"[a-z0-9-]{1,32}")


class ApiKeys:
    """The keys that are accepted, by the name of the server that has them."""

    def __init__(self, hashes: ApiKeyHashes) -> None:
        self._hashes = tuple((name, bytes.fromhex(digest)) for name, digest in hashes)

    def verify(self, header: str | None) -> str | None:
        """The name that belongs to the key in an `Authorization: Bearer` header, or None."""
        key = read_bearer(header)
        if key is None:
            return None
        digest = hashlib.sha256(key.encode()).digest()
        found: str | None = None
        for name, known in self._hashes:
            # No early exit: all keys are compared, whichever it is.
            if hmac.compare_digest(digest, known):
                found = name
        return found


def make_api_key(name: str) -> tuple[str, str]:
    """Make a key for the server `name`: the key itself, shown once, and its entry for `LIVEROOM_API_KEYS`.

    Raises:
        ValueError: the name has other characters than a-z 0-9 - or more than 32.
    """
    if not _NAME.fullmatch(name):
        raise ValueError("the name of an API key is 1-32 characters of a-z 0-9 -")
    key = f"lrk_{secrets.token_urlsafe(32)}"
    return key, f"{name}:{hashlib.sha256(key.encode()).hexdigest()}"
