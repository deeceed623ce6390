"""Bans: the whole matrix of who may ban whom, and when a ban ends."""

from __future__ import annotations

import itertools

import pytest

from liveroom.realtime.catalogue import STAFF
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.rules import bans
from tests.rooms.builders import NOW

ALLOWED = {
    Role.MODERATOR: "guest viewer",
    Role.HOST: "guest viewer moderator",
    Role.OPERATOR: "guest viewer moderator host",
    Role.SERVICE: "guest viewer moderator host operator",
}


@pytest.mark.parametrize(("actor", "target"), list(itertools.product(Role, Role)))
def test_only_those_above_may_ban(actor: Role, target: Role) -> None:
    if target.value in ALLOWED.get(actor, "").split():
        bans.may_ban("a", actor, "b", target)
        return
    with pytest.raises(Refusal) as refused:
        bans.may_ban("a", actor, "b", target)
    assert refused.value.code == ErrorCode.FORBIDDEN
    assert actor.value in refused.value.message


@pytest.mark.parametrize("role", sorted(STAFF, key=str))
def test_nobody_bans_themselves(role: Role) -> None:
    with pytest.raises(Refusal, match="yourself"):
        bans.may_ban("a", role, "a", Role.VIEWER)


def test_a_ban_holds_until_its_end_and_one_without_end_for_good() -> None:
    ban = bans.impose("b", "a", Role.HOST, " 广告\n广告 ", 60, NOW)
    assert (ban.reason, ban.until_ms) == ("广告 广告", NOW + 60_000)
    assert bans.active(ban, NOW + 59_999)
    assert not bans.active(ban, NOW + 60_000)
    assert bans.active(bans.impose("b", "a", Role.HOST, "", None, NOW), NOW * 2)
    assert not bans.active(None, NOW)
