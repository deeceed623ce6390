"""Rooms on a node: loaded once for all, closed when nothing is left of them, and never under the feet of a joiner."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms import attendance as attendance_module
from liveroom.rooms.messages.like import SendLikes
from liveroom.rooms.messages.room import EndRoom
from liveroom.rooms.open_rooms import SWEEP_S
from liveroom.rooms.rules.bans import Ban
from tests.rooms_service.house import ROOM, House

SWEEP_MS = SWEEP_S * 1000
GAP_MS = 300_000


async def empty(house: House) -> None:
    """The show ends, everybody leaves, and the gap of their visits passes."""
    host = await house.enter("host", Role.HOST)
    await host.ask("room.end")
    host.hang_up()
    await house.wait(GAP_MS, step_ms=5_000)


def is_open(house: House) -> bool:
    return house.service.open_rooms.get(ROOM) is not None


async def test_a_room_that_is_over_and_empty_is_closed_released_and_forgotten(house: House) -> None:
    assert is_open(house)
    await empty(house)
    await house.wait(3 * SWEEP_MS, step_ms=5_000)
    assert not is_open(house)
    assert house.hub.get(ROOM) is None
    assert ROOM not in house.backplane._rooms
    assert house.service.open_rooms._closing == {}


async def test_a_room_with_somebody_in_it_or_expected_back_stays(house: House) -> None:
    host = await house.enter("host", Role.HOST)
    await host.ask("room.end")
    viewer = await house.enter("ann")
    host.hang_up()
    await house.wait(20_000, step_ms=1_000)
    assert is_open(house)
    viewer.hang_up()
    await house.wait(GAP_MS - 5_000, step_ms=5_000)
    assert is_open(house)
    assert (await house.enter("ann")).private("welcome.shown") == []


async def test_a_room_whose_show_runs_stays_though_nobody_is_there(house: House) -> None:
    line = await house.enter("ann")
    await line.ask("comment.send", {"text": "hi"})
    await line.ask("like.send", {"count": 5})
    line.hang_up()
    await house.wait(2 * GAP_MS, step_ms=10_000)
    assert is_open(house)
    viewer, host = await house.enter("bob"), await house.enter("host", Role.HOST)
    await host.ask("room.end")
    await house.wait(10)
    stats = viewer.events("room.ended")[0]["data"]["stats"]
    assert stats == {"viewers": 2, "comments": 1, "likes": 5, "peak_viewers": 1}


async def test_a_room_with_something_to_tell_stays_until_it_is_told(house: House) -> None:
    await empty(house)
    operator = (await house.line("op", Role.OPERATOR)).connection.identity
    assert operator is not None
    room = await house.service.room(ROOM)
    house.faults.plan("add", *["raise"] * 50)
    room.tally.likes = room.tally.likes._replace(given=room.tally.likes.given + 3)
    house.service.open_rooms.get(ROOM).wake()  # type: ignore[union-attr] - it is open
    await house.settle()
    assert not house.service.open_rooms.get(ROOM).is_idle  # type: ignore[union-attr] - it is open
    await house.wait(3 * SWEEP_MS, step_ms=1_000)
    assert is_open(house)
    await house.wait(GAP_MS, step_ms=5_000)
    assert not is_open(house)


async def test_a_closed_room_opens_again_with_a_new_epoch_and_works(house: House) -> None:
    first = await house.look()
    await empty(house)
    await house.wait(3 * SWEEP_MS, step_ms=5_000)
    host, viewer = await house.enter("host", Role.HOST), await house.line("ann")
    joined = await viewer.join({"epoch": first["epoch"], "seq": first["seq"]})
    assert joined["recovered"] is False
    assert joined["snapshot"]["room"]["status"] == "ended"
    await host.ask("room.open")
    await house.wait(10)
    assert [event["kind"] for event in viewer.events()] == ["room.opened"]


@pytest.mark.parametrize("moments", range(5))
async def test_who_joins_while_a_room_is_being_closed_is_in_a_room_that_works(house: House, moments: int) -> None:
    await empty(house)
    line = await house.line("ann")
    while is_open(house):
        house.clock.advance(SWEEP_MS)
    assert house.service.open_rooms._closing, "the sweep has begun to close it"
    for _ in range(moments):
        await asyncio.sleep(0)
    joined = await line.join()
    assert joined["recovered"] is False
    host = await house.enter("host", Role.HOST)
    await host.ask("room.open")
    await host.ask("comment.send", {"text": "hi"})
    await house.wait(20)
    assert [event["kind"] for event in line.events()] == ["room.opened", "comment.sent"]


async def test_a_room_that_has_just_been_opened_is_not_swept_before_it_is_used(house: House) -> None:
    await empty(house)
    await house.wait(3 * SWEEP_MS, step_ms=5_000)
    actor = await house.service.open_rooms.open(ROOM)
    house.clock.advance(SWEEP_MS)
    assert house.service.open_rooms.get(ROOM) is actor


async def test_those_who_need_a_room_at_the_same_time_share_one_load(house: House) -> None:
    await empty(house)
    await house.wait(3 * SWEEP_MS, step_ms=5_000)
    house.faults.calls.clear()
    actors = await asyncio.gather(*(house.service.open_rooms.open(ROOM) for _ in range(20)))
    assert len({id(actor) for actor in actors}) == 1
    assert house.faults.calls.count("load") == 1


async def test_a_ban_that_falls_into_the_opening_of_a_room_holds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await empty(house)
    await house.wait(3 * SWEEP_MS, step_ms=5_000)
    open_rooms = house.service.open_rooms
    await house.line("ann")
    read = house.store.bans

    async def read_then_ban(room: str) -> Mapping[str, Ban]:
        found = await read(room)
        await house.store.ban(ROOM, Ban("ann", "host", "", house.clock.now_ms(), None))
        await house.backplane.tell_nodes(b'{"bans_changed":"demo"}')
        monkeypatch.setattr(house.store, "bans", read)
        return found

    monkeypatch.setattr(house.store, "bans", read_then_ban)
    await open_rooms.open(ROOM)
    await house.settle()
    line = await house.line("ann")
    assert (await line.join())["error"]["code"] == "banned"


async def test_people_who_left_are_forgotten_sooner_when_there_are_too_many(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attendance_module, "MAX_VISITS", 10)
    for number in range(30):
        (await house.enter(f"u{number}")).hang_up()
    room = await house.service.room(ROOM)
    assert len(room.attendance.viewers) == 30 + 1
    await house.wait(13_000, step_ms=500)
    assert len(room.attendance.viewers) <= 11
    assert await house.store.past_visits(ROOM, "u0") is not None


async def test_an_http_call_that_is_not_answered_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveroom.rooms.service.CALL_TIMEOUT_S", 0.02)
    house.faults.plan("publish", "hang")
    operator = (await house.line("op", Role.OPERATOR)).connection.identity
    assert operator is not None
    with pytest.raises(RealtimeError, match="did not answer in time") as refused:
        await house.service.call(operator, ROOM, "room.end", EndRoom(), None)
    assert refused.value.code == "unavailable"


async def test_likes_of_an_http_call_in_an_empty_room_are_told(house: House) -> None:
    operator = (await house.line("op", Role.OPERATOR)).connection.identity
    assert operator is not None
    await house.service.call(operator, ROOM, "like.send", SendLikes(count=5), None)
    await house.wait(500)
    assert (await house.look())["totals"]["likes"] == {"total": 5}
