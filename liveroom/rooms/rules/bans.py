"""Who may ban whom, and how long a ban holds (first part of L10).

Promise: `MAY_BAN` is the whole rule; nobody bans themselves, and nobody somebody of the same or a higher rank.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.text import one_line

AUDIENCE = frozenset({Role.GUEST, Role.VIEWER})

MAY_BAN: dict[Role, frozenset[Role]] = {
    Role.GUEST: frozenset(),
    Role.VIEWER: frozenset(),
    Role.MODERATOR: AUDIENCE,
    Role.HOST: AUDIENCE | {Role.MODERATOR},
    Role.OPERATOR: AUDIENCE | {Role.MODERATOR, Role.HOST},
    Role.SERVICE: AUDIENCE | {Role.MODERATOR, Role.HOST, Role.OPERATOR},
}


@dataclass(frozen=True, slots=True)
class Ban:
    """A user is kept out of a room. `until_ms`: epoch ms; None: for good."""

    user_id: str
    by: str
    reason: str
    at_ms: int
    until_ms: int | None
    by_role: Role = Role.HOST


def may_ban(actor_id: str, actor_role: Role, target_id: str, target_role: Role) -> None:
    """Check that the actor may ban or unban the target, with the roles both have in the room.

    Raises:
        Refusal: `forbidden`, saying why.
    """
    if actor_id == target_id:
        raise Refusal(ErrorCode.FORBIDDEN, "you cannot ban yourself", field="user_id")
    if target_role not in MAY_BAN[actor_role]:
        text = f"a {actor_role.value} cannot ban a {target_role.value}"
        raise Refusal(ErrorCode.FORBIDDEN, text, field="user_id")


def impose(user_id: str, by: str, by_role: Role, reason: str, seconds: int | None, now_ms: int) -> Ban:
    """The ban that begins now, for `seconds` or, with None, for good."""
    until_ms = None if seconds is None else now_ms + seconds * 1000
    return Ban(user_id, by, one_line(reason), now_ms, until_ms, by_role)


def holds_for(ban: Ban | None, role: Role) -> bool:
    """Whether a ban that is active keeps out somebody who comes with `role`.

    Whoever imposed it may not have known the role of a person who was away; nobody is kept out by a lower rank.
    """
    return ban is not None and role in MAY_BAN[ban.by_role]


def require_rank(ban: Ban | None, role: Role, now_ms: int) -> None:
    """Check that no higher rank than `role` has imposed the ban that holds now, so that it may be lifted or replaced.

    Raises:
        Refusal: `forbidden`.
    """
    if ban is not None and active(ban, now_ms) and ban.by_role > role:
        raise Refusal(ErrorCode.FORBIDDEN, f"this ban was imposed by a {ban.by_role.value}", field="user_id")


def require_no_ban(ban: Ban | None, role: Role, room: str) -> None:
    """Check that a ban that is active does not keep out somebody who comes with `role`.

    Raises:
        Refusal: `banned`.
    """
    if holds_for(ban, role):
        raise Refusal(ErrorCode.BANNED, "you are banned from this room", room=room)


def active(ban: Ban | None, now_ms: int) -> bool:
    """Whether the ban holds at `now_ms`."""
    return ban is not None and (ban.until_ms is None or now_ms < ban.until_ms)
