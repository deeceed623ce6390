"""Makes tokens by hand, right and forged, and a key set as an issuer would publish it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as make_ec_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as make_rsa_key
from pydantic import SecretStr

from liveroom.server.settings.groups import Tokens

SECRET = b"the secret of these tests, 32 bytes or more"
SETTINGS = Tokens(secret=SecretStr(SECRET.decode()))
HEADER = {"alg": "HS256", "typ": "JWT"}

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey


def encode_part(value: object) -> str:
    """One part of a token: base64url of the JSON of `value`, or of `value` itself when it is bytes."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign_by_hand(header: object, payload: object, secret: bytes) -> str:
    """A token with exactly this header and payload and a right HMAC-SHA256, which no library would make."""
    signing_input = f"{encode_part(header)}.{encode_part(payload)}"
    return f"{signing_input}.{encode_part(hmac.new(secret, signing_input.encode(), hashlib.sha256).digest())}"


def sign(payload: dict[str, Any], secret: bytes = SECRET, **header: Any) -> str:
    """A token with this payload under the usual header and `header`."""
    return sign_by_hand(HEADER | header, payload, secret)


def make_key(kind: str, bits: int = 2048) -> PrivateKey:
    """A private key for "RS256", "ES256" or "EdDSA"."""
    if kind == "RS256":
        return make_rsa_key(65537, bits)
    return make_ec_key(SECP256R1()) if kind == "ES256" else Ed25519PrivateKey.generate()


def make_jwk(kind: str, key: PrivateKey, kid: str | None, **more: Any) -> dict[str, Any]:
    """The public JWK of `key`."""
    algorithm: Any = jwt.PyJWS().get_algorithm_by_name(kind)
    jwk: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    jwk.pop("key_ops", None)
    return jwk | ({} if kid is None else {"kid": kid}) | more
