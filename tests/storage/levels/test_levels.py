"""Levels of a node: deeds become points once, caps hold over nodes, and the badge follows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.levels import deeds
from liveroom.rooms.messages.gift import Gift, GiftNames
from liveroom.rooms.storage.fans import After
from liveroom.rooms.storage.outbox import Lane, OutboxRow
from tests.storage.house import ROOM, House, make_person
from tests.storage.levels.people import enter, points, seen, write
from tests.support.clock import FakeClock

MINUTE_MS = 60_000
ROSE = Gift(id="rose", names=GiftNames(zh="玫瑰", en="Rose"), price=100, icon="🌹")


async def talk(house: House, who: Any, count: int) -> None:
    """Comments, none of them held back by the rate."""
    for number in range(count):
        await house.call(who, "comment.send", text=f"第 {number} 句")
        house.clock.advance(1_000)


async def test_comments_likes_and_shares_are_worth_points_up_to_the_cap_of_a_day(house: House) -> None:
    ann = await enter(house, "ann")
    await talk(house, ann, 3)
    await house.call(ann, "like.send", count=35)
    await house.call(ann, "room.share", to="wechat")
    await write(house)
    assert await points(house, "ann") == 3 * 2 + 3 + 10
    await talk(house, ann, 25)
    await write(house)
    assert await points(house, "ann") == 40 + 3 + 10


async def test_a_share_that_comes_again_under_its_key_counts_once(house: House) -> None:
    ann = await enter(house, "ann")
    for _ in range(2):
        await house.call(ann, "room.share", "k", to="wechat")
    with pytest.raises(RealtimeError, match="this key was used"):
        await house.call(ann, "room.share", "k", to="copy")
    await write(house)
    assert await points(house, "ann") == 10


async def test_a_level_that_is_reached_shows_in_the_next_comment_and_is_told_to_its_owner(house: House) -> None:
    ann = await enter(house, "ann")
    await talk(house, ann, 10)
    await write(house)
    assert (await seen(house, "ann")).level == 1
    await talk(house, ann, 1)
    comments = [data["by"] for kind, data in await house.told() if kind == "comment.sent"]
    assert [by.get("level") for by in comments[-2:]] == [None, 1]
    read = house.node.value.levels.fetch(await house.room(), ann)
    assert read is not None
    mine = orjson.loads(orjson.dumps(await read))["level"]
    assert mine == {"level": 1, "points": 20, "next": 60, "today": {"comment": 20}}


async def test_the_level_of_the_token_wins_over_the_earned_one(house: House) -> None:
    rated = await enter(house, "rated", level=0)
    await talk(house, rated, 12)
    await write(house)
    assert await points(house, "rated") == 24
    assert (await seen(house, "rated")).level == 0


async def test_minutes_are_counted_once_for_those_who_are_here_while_the_show_is_live(
    house: House, clock: FakeClock
) -> None:
    await enter(house, "ann")
    clock.advance(2 * MINUTE_MS)
    await write(house)
    gone = await house.room()
    gone.attendance.leave("ann", gone.document, clock.now_ms())
    before = await points(house, "ann")
    assert before >= 1
    clock.advance(5 * MINUTE_MS)
    await write(house)
    assert await points(house, "ann") == before
    await house.order("room.end")
    await enter(house, "bob")
    clock.advance(3 * MINUTE_MS)
    await write(house)
    assert await points(house, "bob") == 0


async def test_two_nodes_share_the_cap_of_a_day(house: House, url: str, tmp_path: Path, clock: FakeClock) -> None:
    other = House(url, tmp_path / "data", clock)
    await other.open()
    try:
        for each in (house, other):
            ann = await enter(each, "ann")
            await talk(each, ann, 15)
        await asyncio.gather(write(house), write(other))
        assert await points(house, "ann") == 40
    finally:
        await other.close()


async def test_a_commit_that_was_not_confirmed_is_not_credited_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await enter(house, "ann")
    ledger = house.node.storage.ledger
    wait = ledger.write
    failures = iter([DatabaseUnavailable("gone")])

    async def fail_afterwards(fact: Any) -> Any:
        answer = await wait(fact)
        error = next(failures, None)
        if error is not None:
            raise error
        return answer

    monkeypatch.setattr(ledger, "write", fail_afterwards)
    await talk(house, ann, 2)
    await write(house)
    await talk(house, ann, 1)
    await write(house)
    await write(house)
    assert await points(house, "ann") == 6


async def test_gifts_are_credited_in_any_case(house: House) -> None:
    await house.node.value.gifts.catalogue.put(ROSE, "op")
    ann = await enter(house, "ann")
    answer = await house.call(ann, "gift.send", "g1", gift="rose", count=3)
    assert answer["outcome"] == "sent"
    await house.node.storage.relay.drain()
    assert await points(house, "ann") == 30
    assert (await seen(house, "ann")).level == 1


async def test_the_room_and_the_servers_hear_of_every_tenth_level_but_not_of_those_whom_the_token_rates(
    house: House,
) -> None:
    await house.node.value.gifts.catalogue.put(ROSE, "op")
    ann, rated = await enter(house, "ann"), await enter(house, "rated", level=3)
    await talk(house, rated, 1)
    await write(house)
    for who, count in ((ann, 109), (rated, 110), (ann, 1)):
        assert (await house.call(who, "gift.send", gift="rose", count=count))["outcome"] == "sent"
        await house.node.storage.relay.drain()
    assert (await points(house, "ann"), await points(house, "rated")) == (1_100, 1_102)
    [reached] = [data for kind, data in await house.told() if kind == "level.reached"]
    assert (reached["user"]["id"], reached["level"]) == ("ann", 10)
    told = [data for type_, data in await house.webhooks() if type_ == "level.reached"]
    assert told == [{"user_id": "ann", "level": 10}]


async def test_a_gift_that_is_told_again_after_a_crash_is_credited_once(house: House) -> None:
    send = house.node.value.levels.senders["gains"]
    row = OutboxRow(7, Lane("gains", ROOM), orjson.dumps([["ann", "Ann", False, 300]]), created_at_ms=5)
    await send(ROOM, [row])
    await send(ROOM, [row, replace(row, created_at_ms=6)])
    assert await points(house, "ann") == 60


async def test_guests_and_those_who_run_the_room_earn_nothing(house: House) -> None:
    room = await house.room()
    stranger = make_person("g_1", Role.GUEST)
    room.attendance.enter(stranger, room.document, "en", None, house.clock.now_ms(), resumed=False)
    await house.call(stranger, "comment.send", text="hi")
    await house.order("comment.send", text="welcome")
    await write(house)
    assert await points(house, "g_1") == 0
    assert await points(house, "host") == 0


async def test_while_nothing_can_be_written_only_so_many_people_are_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deeds, "MOST", 2)
    for name in ("ann", "bob", "cat"):
        await house.call(await enter(house, name), "comment.send", text="hi")
    await write(house)
    assert [await points(house, name) for name in ("ann", "bob", "cat")] == [2, 2, 0]


async def test_a_scene_without_levels_counts_nothing(house: House) -> None:
    room = await house.room()
    room.scene = room.scene.model_copy(update={"levels": room.scene.levels.model_copy(update={"on": False})})
    await house.call(await enter(house, "ann"), "comment.send", text="hi")
    await write(house)
    assert await points(house, "ann") == 0


async def test_ranks_go_on_where_the_page_before_ended(house: House) -> None:
    for number in range(5):
        who = await enter(house, f"u{number}")
        await talk(house, who, number % 3 + 1)
    await write(house)
    pages = house.node.value.levels.pages
    whole = [fan.user_id for fan in await pages.rank(ROOM, 10)]
    assert whole == ["u2", "u1", "u4", "u0", "u3"]
    rest = await pages.rank(ROOM, 10, After(2, 4, "u1"))
    assert [fan.user_id for fan in rest] == whole[2:]
