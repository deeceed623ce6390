"""Who may come in: user tokens, guest tokens, keys of servers, and who is shut out (requirement L2).

Promise: nothing in a token's header chooses the algorithm, the key or the place it is fetched from; every secret is
compared in constant time; whatever a stranger sends, only the errors of `liveroom.server.errors` come out.
"""

from __future__ import annotations

from liveroom.server.auth.api_keys import ApiKeys, make_api_key
from liveroom.server.auth.bearer import bearer_matches, read_bearer
from liveroom.server.auth.issuer import TokenIssuer
from liveroom.server.auth.jwks import JwksKeys
from liveroom.server.auth.revocations import Revocations
from liveroom.server.auth.verifier import TokenVerifier, make_verifier

__all__ = [
    "ApiKeys",
    "JwksKeys",
    "Revocations",
    "TokenIssuer",
    "TokenVerifier",
    "bearer_matches",
    "make_api_key",
    "make_verifier",
    "read_bearer",
]
