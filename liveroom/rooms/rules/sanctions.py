"""Muting and shadowing: who may do it to whom, and how long it holds (L10).

A muted person may watch and may not write; of a shadowed one everybody else hears nothing, which they are not told.
Promise: ranks are those of bans; what is imposed by a higher rank is not lifted by a lower one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules.bans import MAY_BAN
from liveroom.rooms.rules.text import one_line


class Kind(StrEnum):
    """What somebody is kept from."""

    MUTED = "muted"
    SHADOWED = "shadowed"


@dataclass(frozen=True, slots=True)
class Sanction:
    """What holds for a user in a room. `until_ms`: epoch ms; None: until it is lifted."""

    user_id: str
    kind: Kind
    by: str
    by_role: Role
    reason: str
    at_ms: int
    until_ms: int | None


def may_rule(actor_id: str, actor_role: Role, target_id: str, target_role: Role) -> None:
    """Check that the actor may rule on what the target says, with the roles both have in the room.

    Raises:
        Refusal: `forbidden`, saying why.
    """
    if actor_id == target_id:
        raise Refusal(ErrorCode.FORBIDDEN, "you cannot do this to yourself", field="user_id")
    if target_role not in MAY_BAN[actor_role]:
        text = f"a {actor_role.value} cannot do this to a {target_role.value}"
        raise Refusal(ErrorCode.FORBIDDEN, text, field="user_id")


def may_lift(actor_role: Role, sanction: Sanction | None, now_ms: int) -> None:
    """Check that the actor stands as high as whoever imposed it, if it has not run out.

    Raises:
        Refusal: `forbidden`.
    """
    if sanction is not None and not _is_over(sanction, now_ms) and sanction.by_role > actor_role:
        raise Refusal(ErrorCode.FORBIDDEN, f"this was imposed by a {sanction.by_role.value}", field="user_id")


def impose(kind: Kind, user_id: str, by: str, by_role: Role, reason: str, seconds: int | None, now_ms: int) -> Sanction:
    """The sanction that begins now, for `seconds` or, with None, until it is lifted."""
    until_ms = None if seconds is None else now_ms + seconds * 1000
    return Sanction(user_id, kind, by, by_role, one_line(reason), now_ms, until_ms)


def active(sanction: Sanction | None, role: Role, now_ms: int) -> Sanction | None:
    """The sanction if it holds at `now_ms` for somebody who is here with `role`; nobody is silenced by a lower rank."""
    if sanction is None or _is_over(sanction, now_ms):
        return None
    return sanction if role in MAY_BAN[sanction.by_role] else None


def _is_over(sanction: Sanction, now_ms: int) -> bool:
    return sanction.until_ms is not None and now_ms >= sanction.until_ms
