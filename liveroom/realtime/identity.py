"""Who is on the other end of a connection, and what that person may be in each room.

An `Identity` is made by a token verifier and never changes; a refreshed token makes a new one.
Promise: a role that is tied to rooms holds nowhere else, and a guest is a guest everywhere (requirement L2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

FAR_FUTURE_MS = 2**53 - 1
"""End of an identity that does not run out: that of an API key."""

NO_TRAITS: Mapping[str, Any] = MappingProxyType({})


class Role(StrEnum):
    """Roles, ordered by power: guest < viewer < host = moderator < operator < service.

    `<`, `<=`, `>` and `>=` compare power. Host and moderator have the same power but are not equal.
    """

    GUEST = "guest"
    VIEWER = "viewer"
    HOST = "host"
    MODERATOR = "moderator"
    OPERATOR = "operator"
    SERVICE = "service"

    @property
    def power(self) -> int:
        """The rank of the role; higher may do more."""
        return _POWER[self]

    def __lt__(self, other: str) -> bool:
        return _POWER[self] < _POWER[other]

    def __le__(self, other: str) -> bool:
        return _POWER[self] <= _POWER[other]

    def __gt__(self, other: str) -> bool:
        return _POWER[self] > _POWER[other]

    def __ge__(self, other: str) -> bool:
        return _POWER[self] >= _POWER[other]


# A role is a str and hashes as one, so a plain name finds its power too.
_POWER: Mapping[str, int] = {
    Role.GUEST: 0,
    Role.VIEWER: 1,
    Role.HOST: 2,
    Role.MODERATOR: 2,
    Role.OPERATOR: 3,
    Role.SERVICE: 4,
}


_AUDIENCE = frozenset({Role.GUEST, Role.VIEWER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One person or service, as a verified token describes it.

    `rooms` names the rooms in which `role` holds; None means every room, and for host and moderator none.
    `traits` is what the embedding application says about the person (level, source, …); this package only carries it.
    `lang` is the wanted language, or None when the token does not say. `token_id` is the token's `jti`, if it has one.
    Raises ValueError when `guest` and `role` contradict each other.
    """

    user_id: str
    name: str
    role: Role
    expires_at_ms: int
    guest: bool = False
    rooms: frozenset[str] | None = None
    traits: Mapping[str, Any] = field(default_factory=lambda: NO_TRAITS, hash=False)
    lang: str | None = None
    token_id: str | None = None

    def __post_init__(self) -> None:
        if self.guest != (self.role is Role.GUEST):
            raise ValueError(f"guest={self.guest} does not fit role={self.role.value}")

    def role_in(self, room: str) -> Role:
        """The role this person has in `room`: their own where it holds, viewer elsewhere, guest if a guest."""
        if self.role in _AUDIENCE:
            return self.role
        if self.rooms is None:
            # A host of "all rooms" is never meant; an operator or a service is (requirement L2).
            return self.role if self.role >= Role.OPERATOR else Role.VIEWER
        return self.role if room in self.rooms else Role.VIEWER

    def may_enter(self, room: str) -> bool:
        """Whether the token allows `room` at all: viewers and guests can be tied to rooms, higher roles enter any."""
        return self.role > Role.VIEWER or self.rooms is None or room in self.rooms

    def is_expired(self, now_ms: int) -> bool:
        """Whether the token has run out at `now_ms` (epoch ms)."""
        return now_ms >= self.expires_at_ms
