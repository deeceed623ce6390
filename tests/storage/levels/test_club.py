"""The fan club: joined once, counted exactly, shown in badges and asked for by coupons."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.server.api.campaign_views import CreateCampaign
from tests.storage.house import ROOM, House
from tests.storage.levels.people import enter, seen, write
from tests.support.clock import START_MS

HOUR_MS = 3_600_000


async def join(house: House, user: str, key: str | None = None) -> dict[str, Any]:
    return await house.call(await enter(house, user), "club.join", key)


async def test_who_joins_is_a_member_at_once_and_once(house: House) -> None:
    answer = await join(house, "ann", "once")
    assert (answer["members"], answer["club"]["level"]) == (1, 1)
    assert (await join(house, "ann"))["members"] == 1
    assert (await join(house, "ann", "once"))["duplicate"]
    await write(house)
    assert (await seen(house, "ann")).club == 1
    assert await house.latest("club_size") == {"members": 1}
    entered = [data for kind, data in await house.told() if kind == "club.entered"]
    assert [[user["id"] for user in each["users"]] for each in entered] == [["ann"]]
    assert [type_ for type_, _ in await house.webhooks() if type_.startswith("club.")] == ["club.joined"]


async def test_many_who_join_at_once_are_told_of_together_and_counted(house: House) -> None:
    people = [await enter(house, f"u{number}") for number in range(30)]
    await asyncio.gather(*(house.call(who, "club.join") for who in people))
    entered = [data for kind, data in await house.told() if kind == "club.entered"]
    assert sum(each["count"] for each in entered) == 30
    assert len(entered) < 30
    assert await house.latest("club_size") == {"members": 30}


async def test_who_leaves_has_no_badge_and_goes_on_later_where_they_were(house: House) -> None:
    await join(house, "ann")
    ann = await enter(house, "ann")
    for _ in range(20):
        await house.call(ann, "comment.send", text="好")
        house.clock.advance(1_000)
    await house.call(ann, "like.send", count=50)
    house.clock.advance(10_000)
    await house.call(ann, "like.send", count=50)
    await write(house)
    left = await house.call(ann, "club.leave")
    assert (left.get("club"), left["members"]) == (None, 0)
    await write(house)
    assert (await seen(house, "ann")).club is None
    back = await house.call(ann, "club.join")
    assert back["club"]["points"] == 50


async def test_a_comment_of_a_member_carries_the_badge(house: House) -> None:
    await join(house, "ann")
    await write(house)
    await house.call(await enter(house, "ann"), "comment.send", text="好")
    (said,) = [data for kind, data in await house.told() if kind == "comment.sent"]
    assert said["by"]["club"] == 1


async def test_a_coupon_for_members_is_for_members(house: House) -> None:
    wanted = {
        "id": "c1",
        "name": "粉丝券",
        "currency": "CNY",
        "value": {"kind": "fixed", "amount": 500},
        "valid_s": 86_400,
        "audience": {"fan": True},
        "drops": [{"ends_at": START_MS + HOUR_MS, "stock": 10}],
    }
    model = CreateCampaign.model_validate_json(orjson.dumps(wanted))
    await house.node.value.coupons.campaigns.create(model.draft(ROOM), "op")
    await house.order("campaign.activate", campaign="c1")
    ann = await enter(house, "ann")
    assert await house.call(ann, "coupon.claim", campaign="c1") == {"outcome": "not_eligible", "rule": "fan"}
    await house.call(ann, "club.join")
    await write(house)
    assert (await house.call(ann, "coupon.claim", campaign="c1"))["outcome"] == "granted"


async def test_a_club_that_the_app_sells_is_not_joined_by_a_tap(house: House) -> None:
    room = await house.room()
    room.scene = room.scene.model_copy(update={"club": room.scene.club.model_copy(update={"open": False})})
    with pytest.raises(Refusal) as refused:
        await join(house, "ann")
    assert (refused.value.code, refused.value.facts["state"]) == (ErrorCode.WRONG_STATE, "closed")
