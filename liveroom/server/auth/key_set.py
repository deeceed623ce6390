"""Turns a JSON Web Key Set (RFC 7517) into verifying keys, each bound to one algorithm.

The kind of a key decides its algorithm: RSA → RS256, P-256 → ES256, Ed25519 → EdDSA. Symmetric keys are left out, so
that a public key can never serve as an HMAC secret.
Promise: a key that is not understood, too weak or meant for something else is left out; it never spoils the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from liveroom.server.auth.signed_token import VerifyingKey

ASYMMETRIC = ("RS256", "ES256", "EdDSA")
"""The algorithms of user tokens when a key set is configured."""

KEYS = 64
"""Most keys that are read from one set."""

_RSA_BITS = 2048
_ALG_BY_KIND: Mapping[tuple[str, str | None], str] = {
    ("RSA", None): "RS256",
    ("EC", "P-256"): "ES256",
    ("OKP", "Ed25519"): "EdDSA",
}


def read_key_set(raw: bytes) -> tuple[VerifyingKey, ...]:
    """The usable keys of a set, in its order.

    Raises:
        ValueError: this is no key set, or it has no usable key.
    """
    document = orjson.loads(raw)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("the answer is no key set")
    read = (_read_key(entry) for entry in entries[:KEYS] if isinstance(entry, dict))
    keys = tuple(key for key in read if key is not None)
    if not keys:
        raise ValueError("the key set has no usable key")
    return keys


def _read_key(entry: dict[str, Any]) -> VerifyingKey | None:
    kind, curve, kid = entry.get("kty"), entry.get("crv"), entry.get("kid")
    if not isinstance(kind, str) or not isinstance(curve, str | None) or not isinstance(kid, str | None):
        return None
    alg = _ALG_BY_KIND.get((kind, curve))
    if alg is None or not _is_for_verifying(entry, alg):
        return None
    # Only the public members: a private key published by mistake is not kept.
    public: dict[str, Any] = {name: entry[name] for name in ("kty", "crv", "n", "e", "x", "y") if name in entry}
    try:
        key = jwt.PyJWK(public, algorithm=alg)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _RSA_BITS:
        return None
    return VerifyingKey(alg, kid, key.Algorithm, key.key)


def _is_for_verifying(entry: dict[str, Any], alg: str) -> bool:
    operations = entry.get("key_ops", ["verify"])
    return (
        entry.get("use", "sig") == "sig"
        and entry.get("alg", alg) == alg
        and isinstance(operations, list)
        and "verify" in operations
    )
