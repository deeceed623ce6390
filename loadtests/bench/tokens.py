"""Tokens for the people of a benchmark, signed with the secret the benchmark gave its own server."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any, Final

import jwt

LIFETIME_S: Final = 3600


class TokenMaker:
    """Makes tokens of fresh users; the secret is made up for every run and never leaves this machine."""

    def __init__(self) -> None:
        """Make up a secret."""
        self.secret = secrets.token_urlsafe(48)
        self._run = secrets.token_hex(3)

    def name_user(self, user: str) -> str:
        """The id of a user of this run."""
        return f"{self._run}-{user}"

    def make(self, user: str, role: str, rooms: Sequence[str] | None = None, **traits: Any) -> str:
        """A token (HS256) for one user of this run.

        Args:
            user: made unique by the run's own prefix.
            role: role named in the token.
            rooms: rooms in which the role holds; required for a host.
            traits: what is known about the person.
        """
        now = int(time.time())
        claims: dict[str, Any] = {
            "sub": self.name_user(user),
            "name": user,
            "role": role,
            "iat": now,
            "exp": now + LIFETIME_S,
        }
        if rooms is not None:
            claims["rooms"] = list(rooms)
        if traits:
            claims["traits"] = traits
        return jwt.encode(claims, self.secret, algorithm="HS256")
