"""Whose ban holds for whom, and who may lift it: nobody is kept out by a lower rank, and nobody overrules a higher."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.rules.bans import MAY_BAN, holds_for, impose
from tests.rooms.builders import NOW
from tests.rooms_service.house import House


@pytest.mark.parametrize("by", [role for role in Role if MAY_BAN[role]])
@pytest.mark.parametrize("role", list(Role))
def test_a_ban_holds_for_those_its_author_may_ban(by: Role, role: Role) -> None:
    ban = impose("u", "a", by, "", None, NOW)
    assert holds_for(ban, role) == (role in MAY_BAN[by])
    assert not holds_for(None, role)


async def test_a_ban_of_somebody_away_who_turns_out_to_be_staff_does_not_hold(house: House) -> None:
    """A moderator could not know the role of who was not here."""
    moderator = await house.enter("mod", Role.MODERATOR)
    for user_id in ("boss", "ann"):
        assert (await moderator.ask("user.ban", {"user_id": user_id}))["type"] == "ack"
    operator = await house.line("boss", Role.OPERATOR)
    assert "error" not in await operator.join()
    assert (await (await house.line("ann")).join())["error"]["code"] == "banned"


async def test_a_moderator_does_not_lift_the_ban_of_an_operator(house: House) -> None:
    """The rank counts, not the person; who stands as high or higher lifts it."""
    operator = await house.enter("op", Role.OPERATOR)
    moderator = await house.enter("mod", Role.MODERATOR)
    assert (await operator.ask("user.ban", {"user_id": "ann"}))["type"] == "ack"
    refused = await moderator.ask("user.unban", {"user_id": "ann"})
    assert refused["error"]["code"] == "forbidden"
    assert "operator" in refused["error"]["message"]
    assert (await (await house.line("ann")).join())["error"]["code"] == "banned"
    other = await house.enter("op2", Role.OPERATOR)
    assert (await other.ask("user.unban", {"user_id": "ann"}))["type"] == "ack"
    assert "error" not in await (await house.line("ann")).join()


async def test_a_moderator_does_not_shorten_the_ban_of_an_operator(house: House) -> None:
    """A ban of a second would let them in again."""
    operator = await house.enter("op", Role.OPERATOR)
    moderator = await house.enter("mod", Role.MODERATOR)
    assert (await operator.ask("user.ban", {"user_id": "ann"}))["type"] == "ack"
    refused = await moderator.ask("user.ban", {"user_id": "ann", "seconds": 1})
    assert refused["error"]["code"] == "forbidden"
    house.clock.advance(2_000)
    assert (await (await house.line("ann")).join())["error"]["code"] == "banned"


async def test_a_moderator_lifts_the_ban_of_a_host_as_their_rank_is_the_same(house: House) -> None:
    host, moderator = await house.enter("host", Role.HOST), await house.enter("mod", Role.MODERATOR)
    assert (await host.ask("user.ban", {"user_id": "ann"}))["type"] == "ack"
    assert (await moderator.ask("user.unban", {"user_id": "ann"}))["type"] == "ack"
    assert (await moderator.ask("user.unban", {"user_id": "ann"}))["error"]["code"] == "not_found"
