"""Tokens for the users of a load test, signed with the secret of the deployment under test.

Secrets come from the environment and never reach a report, a log or a command line. Without a secret everybody
is a guest: then the deployment's own limits for guests hold, and its rooms must admit them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

import jwt

LIFETIME_S: Final = 7200


class Passes:
    """Makes tokens; without a secret there are none."""

    def __init__(self, secret: str | None, issuer: str | None = None, audience: str | None = None) -> None:
        """Sign with this secret, for this issuer and audience where the deployment asks for them."""
        self._secret = secret
        self._fixed = {name: value for name, value in (("iss", issuer), ("aud", audience)) if value}

    def make(self, user: str, role: str = "viewer", room: str | None = None, **traits: Any) -> str | None:
        """A token (HS256) of this user.

        Args:
            user: id and name.
            role: role named in the token.
            room: where the role holds; needed for a host.
            traits: what is known about the person.
        """
        if self._secret is None:
            return None
        now = int(time.time())
        claims: dict[str, Any] = {"sub": user, "name": user[-24:], "role": role, "iat": now, "exp": now + LIFETIME_S}
        if room is not None:
            claims["rooms"] = [room]
        if traits:
            claims["traits"] = traits
        return jwt.encode(claims | self._fixed, self._secret, algorithm="HS256")


def read_passes(environment: Mapping[str, str]) -> Passes:
    """From the variables the server itself reads (docs/settings.md)."""
    return Passes(
        environment.get("LIVEROOM_SECRET") or None,
        environment.get("LIVEROOM_JWT_ISSUER"),
        environment.get("LIVEROOM_JWT_AUDIENCE"),
    )
