"""Makes tokens: for developers and demos (HS256, by the server's secret), and for guests.

Guest tokens are signed with a key of their own, derived from the secret. So a guest token can never be taken for a
user token, and whoever may sign user tokens through a key set does not thereby make guests.
Promise: what is issued here is accepted by a verifier with the same settings.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

import jwt

from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import Role
from liveroom.server.auth.claims import clean_name
from liveroom.server.auth.guest_marks import KeyedGuestMarks
from liveroom.server.settings.groups import Tokens

GUEST_TYPE = "liveroom-guest+jwt"
GUEST_AUDIENCE = "liveroom-guest"


class TokenIssuer:
    """Issues tokens under the given settings."""

    def __init__(self, settings: Tokens, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._secret = settings.secret.get_secret_value().encode()
        self.guest_marks = KeyedGuestMarks(self._secret)

    def issue(
        self,
        user_id: str,
        *,
        name: str | None = None,
        role: Role = Role.VIEWER,
        rooms: Iterable[str] | None = None,
        lang: str | None = None,
        traits: Mapping[str, Any] | None = None,
        lifetime_s: int = 3600,
    ) -> str:
        """A user token, signed with the secret.

        Raises:
            ValueError: user tokens come from a key set, the lifetime is above the limit, or the role cannot be issued.
        """
        if self._settings.jwks_url is not None:
            raise ValueError("user tokens come from the issuer behind LIVEROOM_JWKS_URL; none are made here")
        if not 0 < lifetime_s <= self._settings.jwt_lifetime_s:
            raise ValueError(f"the lifetime is 1 … {self._settings.jwt_lifetime_s} seconds (LIVEROOM_JWT_LIFETIME_S)")
        if role is Role.GUEST:
            raise ValueError("guests get their tokens from issue_guest")
        if role in (Role.HOST, Role.MODERATOR) and rooms is None:
            raise ValueError(f"the role {role.value} needs rooms")
        claims = {
            "name": name,
            "role": role.value,
            "rooms": None if rooms is None else sorted(rooms),
            "lang": lang,
            "traits": None if traits is None else dict(traits),
            "iss": self._settings.jwt_issuer,
            "aud": self._settings.jwt_audience,
        }
        return self._sign(claims | {"sub": user_id}, lifetime_s, self._secret, "JWT")

    def issue_guest(self, *, lang: str = "zh", address: str = "") -> str:
        """A token for a new guest from `address`, with a made-up id and name."""
        number = 1000 + secrets.randbelow(9000)
        claims = {
            "sub": self.guest_marks.make_id(address),
            "name": clean_name(f"游客{number}" if lang.startswith("zh") else f"Guest {number}"),
            "lang": lang,
            "aud": GUEST_AUDIENCE,
        }
        return self._sign(claims, self._settings.guest_lifetime_s, derive_guest_key(self._secret), GUEST_TYPE)

    def _sign(self, claims: Mapping[str, Any], lifetime_s: int, key: bytes, typ: str) -> str:
        now_s = self._clock.now_ms() // 1000
        payload = {name: value for name, value in claims.items() if value is not None}
        payload |= {"iat": now_s, "exp": now_s + lifetime_s, "jti": secrets.token_urlsafe(12)}
        return jwt.encode(payload, key, algorithm="HS256", headers={"typ": typ})


def derive_guest_key(secret: bytes) -> bytes:
    """The key of guest tokens: one step of HKDF-Expand (RFC 5869) from the secret."""
    return hmac.new(secret, b"liveroom guest token\x01", hashlib.sha256).digest()
