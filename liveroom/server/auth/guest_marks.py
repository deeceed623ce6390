"""Marks in the ids of guests: from which network somebody first came, for those who have the secret.

An id is `g_`, nine random bytes, and six that are the mark under a pad made from them. So two guests from one network
have ids that look unrelated, and nobody without the secret can tell a network from them.
Promise: no address can be read from an id, not even with the secret: the mark is a keyed digest.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from hashlib import blake2b, sha256

from liveroom.realtime.occupancy import network_of

PREFIX = "g_"
NONCE_BYTES = 9
MARK_BYTES = 6
ENCODED = (NONCE_BYTES + MARK_BYTES) * 4 // 3


class KeyedGuestMarks:
    """See the module and `liveroom.rooms.guest_addresses.GuestMarks`."""

    def __init__(self, secret: bytes) -> None:
        # Two steps of HKDF-Expand (RFC 5869) from the secret, each with an own label.
        self._mark_key, self._pad_key = (
            hmac.new(secret, b"liveroom guest " + label + b"\x01", sha256).digest() for label in (b"mark", b"pad")
        )

    def make_id(self, address: str) -> str:
        """The id of a new guest from this address."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cover(nonce, self.of_address(address))
        return PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode()

    def of_guest(self, user_id: str) -> bytes | None:
        """See `GuestMarks.of_guest`."""
        encoded = user_id.removeprefix(PREFIX)
        if len(encoded) != ENCODED or len(user_id) == ENCODED:
            return None
        try:
            raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
        except ValueError:
            return None
        return self._cover(raw[:NONCE_BYTES], raw[NONCE_BYTES:])

    def of_address(self, address: str) -> bytes:
        """See `GuestMarks.of_address`."""
        return blake2b(network_of(address).encode(), key=self._mark_key, digest_size=MARK_BYTES).digest()

    def _cover(self, nonce: bytes, mark: bytes) -> bytes:
        pad = blake2b(nonce, key=self._pad_key, digest_size=MARK_BYTES).digest()
        return bytes(one ^ other for one, other in zip(mark, pad, strict=True))
