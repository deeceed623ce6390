"""Who may write now (L10): what holds in the room, and what holds for a person.

Promise: staff may always write; a refusal says what is missing, in `needs` or `until`.
"""

from __future__ import annotations

from typing import NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.talk import Held, TalkRules
from liveroom.rooms.rules.bans import AUDIENCE
from liveroom.rooms.rules.sanctions import Sanction


class Speaker(NamedTuple):
    """Somebody who wants to write, as far as it matters here."""

    role: Role
    level: int = 0
    member: bool = False
    followed: bool = False


def admit(rules: TalkRules, mute: Sanction | None, speaker: Speaker) -> None:
    """Check that somebody may write.

    Args:
        mute: that holds for them now.

    Raises:
        Refusal: `muted`, or `forbidden` with what they need.
    """
    if speaker.role not in AUDIENCE:
        return
    if mute is not None:
        raise _muted(mute)
    if rules.muted_all:
        raise Refusal(ErrorCode.MUTED, "only the staff writes at the moment", by="all")
    if rules.followers_only and not speaker.followed:
        raise Refusal(ErrorCode.FORBIDDEN, "here only those write who follow the host", needs="follow")
    if rules.members_only and not speaker.member:
        raise Refusal(ErrorCode.FORBIDDEN, "here only members of the fan club write", needs="member")
    if speaker.level < rules.min_level:
        text = f"here you write from fan level {rules.min_level} on; yours is {speaker.level}"
        raise Refusal(ErrorCode.FORBIDDEN, text, needs="level", level=rules.min_level)


def waits(rules: TalkRules, role: Role) -> bool:
    """Whether whatever somebody of this role writes is looked at by the staff first."""
    if role not in AUDIENCE:
        return False
    return rules.hold is Held.EVERYBODY or (rules.hold is Held.GUESTS and role is Role.GUEST)


def _muted(mute: Sanction) -> Refusal:
    if mute.until_ms is None:
        return Refusal(ErrorCode.MUTED, "you may not write here", by="staff")
    return Refusal(ErrorCode.MUTED, "you may not write here for a while", by="staff", until=mute.until_ms)
