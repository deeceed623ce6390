"""Takes a signed token (JWS compact form, RFC 7515 §7.1) apart and checks its signature with a given key.

The header is read for three things only: `alg` and `kid`, to pick among keys this server already trusts, and `typ`.
Everything else in it (`jku`, `jwk`, `x5u`, `x5c`) is ignored, because whoever wrote the token wrote those too.
Promise: bounded work before the signature is known to be right; malformed input raises InvalidToken, nothing else.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any, Protocol

import jwt
import orjson
from jwt.algorithms import Algorithm

from liveroom.server.errors import InvalidToken

TOKEN_CHARS = 8192
"""Longest token that is looked at."""

_FORM = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_KEY_ID_CHARS = 256


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token taken apart. Nothing in it is true before its signature was checked."""

    alg: str
    kid: str | None
    typ: str | None
    signing_input: bytes
    signature: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A key together with the only algorithm it is used with (RFC 8725 §3.1)."""

    alg: str
    kid: str | None
    algorithm: Algorithm
    material: Any

    def verifies(self, token: SignedToken) -> bool:
        """Whether `token` was signed with this key. False too when the token names another algorithm."""
        return token.alg == self.alg and self.algorithm.verify(token.signing_input, self.material, token.signature)


class KeySource(Protocol):
    """Where verifying keys come from."""

    async def find(self, alg: str, kid: str | None) -> VerifyingKey:
        """The trusted key for tokens with this `alg` and `kid`.

        Raises:
            InvalidToken: there is none.
            KeysUnavailable: it is not known now whether there is one.
        """

    async def close(self) -> None:
        """Stop what is under way."""


class SecretKeys:
    """One shared secret and HS256; no other algorithm exists here, so there is none to be confused with."""

    def __init__(self, secret: bytes) -> None:
        algorithm = jwt.PyJWS().get_algorithm_by_name("HS256")
        self._key = VerifyingKey("HS256", None, algorithm, algorithm.prepare_key(secret))

    async def find(self, alg: str, kid: str | None) -> VerifyingKey:
        """The one key; `kid` does not matter. Raises InvalidToken for another algorithm than HS256."""
        if alg != self._key.alg:
            raise InvalidToken("the algorithm of the token is not accepted here")
        return self._key

    async def close(self) -> None:
        """Nothing is ever under way."""


def read_token(token: str) -> SignedToken:
    """Take a token apart without believing it.

    Raises:
        InvalidToken: it is too long, not a JWS in compact form, or its header cannot be used.
    """
    match = _FORM.fullmatch(token) if len(token) <= TOKEN_CHARS else None
    if match is None:
        raise InvalidToken("this is not a token")
    header = read_object(_decode(match[1]))
    if "crit" in header or "b64" in header:
        # RFC 7515 §4.1.11: extensions that must be understood are not; refuse instead of guessing.
        raise InvalidToken("the token needs an extension that is not supported")
    alg = header.get("alg")
    if not isinstance(alg, str):
        raise InvalidToken("the token names no algorithm")
    return SignedToken(
        alg=alg,
        kid=_read_text(header, "kid"),
        typ=_read_text(header, "typ"),
        signing_input=f"{match[1]}.{match[2]}".encode(),
        signature=_decode(match[3]),
        payload=_decode(match[2]),
    )


def read_object(raw: bytes) -> dict[str, Any]:
    """Parse a JSON object of a token.

    Raises:
        InvalidToken: it is no JSON (RFC 8259; NaN and Infinity are none) or no object.
    """
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise InvalidToken("this is not a token") from None
    if not isinstance(value, dict):
        raise InvalidToken("this is not a token")
    return value


def _decode(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except ValueError:
        raise InvalidToken("this is not a token") from None


def _read_text(header: dict[str, Any], name: str) -> str | None:
    value = header.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > _KEY_ID_CHARS:
        raise InvalidToken(f"the header {name} of the token is not acceptable")
    return value
