"""Who is here and who stands where: pages through the service, and two nodes that answer each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from liveroom.realtime.backplane.memory import MemoryBackplane
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import BackplaneUnavailable, RealtimeError
from liveroom.rooms.attendance import Viewer
from liveroom.rooms.crowd import gathering
from liveroom.rooms.crowd.gathering import Crowd
from liveroom.rooms.room import Room
from liveroom.rooms.rules.traits import Traits
from liveroom.rooms.rules.visits import Visit
from tests.storage.house import House, make_person, opened
from tests.storage.levels.people import enter, write
from tests.support.clock import FakeClock


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[House]:
    """With nobody in it."""
    async with opened(sqlite_url, tmp_path / "data", clock) as house:
        yield house


async def read(house: House, **wanted: Any) -> dict[str, Any]:
    house.clock.advance(3_000)
    return await house.call(make_person("reader"), "audience.read", **wanted)


async def test_the_audience_is_listed_page_by_page_without_the_staff(house: House) -> None:
    for name, level in (("ann", 1), ("bob", 30), ("cat", 1), ("dan", 7)):
        await enter(house, name, level=level)
    await enter(house, "eve")
    room = await house.room()
    first = await read(house, limit=3)
    assert [user["id"] for user in first["people"]] == ["bob", "dan", "ann"]
    rest = await read(house, limit=3, after=first["next"])
    assert [user["id"] for user in rest["people"]] == ["cat", "eve"]
    assert "next" not in rest
    room.attendance.leave("bob", room.document, house.clock.now_ms())
    house.clock.advance(60_000)
    room.settle(house.clock.now_ms())
    assert [user["id"] for user in (await read(house))["people"]] == ["dan", "ann", "cat", "eve"]


async def test_ranks_are_read_on_the_socket_as_over_http(house: House) -> None:
    for name, count in (("ann", 3), ("bob", 1), ("cat", 2)):
        who = await enter(house, name)
        for _ in range(count):
            await house.call(who, "comment.send", text="好")
            house.clock.advance(1_000)
    await house.call(await enter(house, "bob"), "club.join")
    await write(house)
    reader = make_person("reader")
    first = await house.call(reader, "ranks.read", of="points", limit=2)
    assert [(place["rank"], place["user"]["id"], place["value"]) for place in first["places"]] == [
        (1, "ann", 6),
        (2, "cat", 4),
    ]
    rest = await house.call(reader, "ranks.read", of="points", limit=2, after=first["next"])
    assert [(place["rank"], place["user"]["id"]) for place in rest["places"]] == [(3, "bob")]
    club = await house.call(reader, "ranks.read", of="club")
    assert [place["user"]["id"] for place in club["places"]] == ["bob"]
    assert (await house.call(reader, "ranks.read", of="gifts", show="now"))["places"] == []


class Nodes:
    """Two nodes on one backplane, each with its own part of the audience."""

    def __init__(self, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = clock
        self.each: list[Crowd] = []
        self.rooms: list[Room] = []
        self.asked = 0
        self.backplane = backplane = MemoryBackplane(clock)

        async def tell_nodes(message: bytes) -> None:
            self.asked += b"crowd_asked" in message
            for node in self.each:
                node.hear(orjson.loads(message))

        monkeypatch.setattr(backplane, "tell_nodes", tell_nodes)
        for number, names in enumerate((("ann", "cat"), ("bob", "dan"))):
            viewers = {name: Viewer(Traits(name, name), None, Visit(name, 1, 0, 0), counted=True) for name in names}
            shown = SimpleNamespace(id="r1", attendance=SimpleNamespace(viewers=viewers))
            room = cast(Room, shown)
            self.rooms.append(room)
            self.each.append(Crowd(f"n{number}", True, backplane, lambda _, room=room: room, clock))

    async def page(self, limit: int = 10, after: str | None = None) -> Any:
        """A page as the first node gathers it."""
        task = asyncio.ensure_future(self.each[0].page(self.rooms[0], after, limit))
        for _ in range(5):
            await asyncio.sleep(0)
        self.clock.advance(200)
        return await task


async def test_every_node_is_asked_once_for_a_page(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = Nodes(clock, monkeypatch)
    page = await nodes.page()
    assert [user.id for user in page.people] == ["ann", "bob", "cat", "dan"]
    await nodes.page()
    assert nodes.asked == 1
    clock.advance(3_000)
    first = await nodes.page(limit=3)
    assert [user.id for user in (await nodes.page(limit=3, after=first.after)).people] == ["dan"]
    await nodes.each[1].stop()


async def test_many_who_ask_at_once_share_one_question_whatever_length_they_want(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who goes away takes it from nobody."""
    nodes = Nodes(clock, monkeypatch)
    limits = [1 + number % 50 for number in range(300)]
    asking = [asyncio.ensure_future(nodes.each[0].page(nodes.rooms[0], None, limit)) for limit in limits]
    for _ in range(5):
        await asyncio.sleep(0)
    asking[0].cancel()
    clock.advance(200)
    pages = await asyncio.gather(*asking[1:])
    assert nodes.asked == 1
    everybody = ["ann", "bob", "cat", "dan"]
    for limit, page in zip(limits[1:], pages, strict=True):
        assert [user.id for user in page.people] == everybody[:limit]
        assert (page.after is None) == (limit >= 4)
    rest = await nodes.page(limit=9, after=pages[0].after)
    assert [user.id for user in rest.people] == ["cat", "dan"]
    await nodes.each[1].stop()


async def test_a_page_that_could_not_be_asked_for_is_asked_for_again(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = Nodes(clock, monkeypatch)
    tell_nodes = nodes.backplane.tell_nodes

    async def fail(message: bytes) -> None:
        raise BackplaneUnavailable

    monkeypatch.setattr(nodes.backplane, "tell_nodes", fail)
    asking = [asyncio.ensure_future(nodes.each[0].page(nodes.rooms[0], None, 10)) for _ in range(3)]
    refused = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in refused] == [BackplaneUnavailable] * 3
    monkeypatch.setattr(nodes.backplane, "tell_nodes", tell_nodes)
    assert len((await nodes.page()).people) == 4
    await nodes.each[1].stop()


async def test_who_asks_while_too_many_do_is_told_to_come_later(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST", 0)
    nodes = Nodes(clock, monkeypatch)
    with pytest.raises(RealtimeError) as refused:
        await nodes.page()
    assert refused.value.code == ErrorCode.OVERLOADED
