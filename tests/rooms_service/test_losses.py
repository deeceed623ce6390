"""Events or messages of nodes are lost for good: what they would have told is read anew, and totals are told again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from liveroom.realtime.backplane.base import Event, Publication
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.area import Area
from liveroom.rooms.areas import Areas
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.parts import Parts
from tests.rooms_service.house import ROOM, House
from tests.support.clock import FakeClock


def poll(version: int, status: str = "open") -> dict[str, Any]:
    return {"id": "p1", "version": version, "status": status}


class Polls(Area):
    """An area with one poll, as it is stored; it notes how often it is read and fails as often as wanted."""

    def __init__(self) -> None:
        self.stored: dict[str, Any] | None = poll(1)
        self.reads = 0
        self.failures = 0

    async def load_parts(self, room: str) -> Parts:
        self.reads += 1
        if self.failures:
            self.failures -= 1
            raise RealtimeError(ErrorCode.UNAVAILABLE, "not now")
        return {} if self.stored is None else {"polls": {"p1": self.stored}}


@pytest.fixture
def polls() -> Polls:
    return Polls()


@pytest.fixture
async def house(clock: FakeClock, polls: Polls) -> AsyncIterator[House]:
    """A node with the room `demo`, which is live and has a poll."""
    house = House(clock, areas=Areas([polls]))
    await house.open()
    yield house
    await house.close()


async def lose(house: House) -> None:
    """The history of the room is gone, and somebody says something."""
    await house.backplane.forget(ROOM)
    await house.backplane.subscribe(ROOM, 0)
    await house.backplane.publish(ROOM, [Publication((Event("like.milestone_reached", b"{}"),))])
    for repair in list(house.hub._repairs.values()):
        await repair
    follower = house.service.open_rooms._follower
    while follower._tasks:
        await asyncio.gather(*follower._tasks)
        await asyncio.sleep(0)
    await house.settle()


async def test_what_changed_while_events_were_lost_is_shown_and_who_was_told_before_resyncs_again(
    house: House, polls: Polls
) -> None:
    line = await house.enter("ann")
    polls.stored = poll(2)
    await lose(house)
    assert (await house.look())["snapshot"]["polls"] == {"p1": poll(2)}
    assert [frame["type"] for frame in line.hear()].count("resync") == 2


async def test_what_is_over_by_then_is_shown_no_more(house: House, polls: Polls) -> None:
    polls.stored = None
    await lose(house)
    assert "polls" not in (await house.look())["snapshot"]


async def test_where_nothing_has_changed_viewers_resync_once(house: House, polls: Polls) -> None:
    line = await house.enter("ann")
    reads = polls.reads
    await lose(house)
    assert polls.reads == reads + 1, "areas tell their totals again when they are read"
    assert [frame["type"] for frame in line.hear()].count("resync") == 1


async def test_it_is_read_until_it_could_be_read(house: House, polls: Polls) -> None:
    polls.stored, polls.failures = poll(2), 2
    await lose(house)
    await house.wait(3_000)
    await lose(house)
    assert (await house.look())["snapshot"]["polls"] == {"p1": poll(2)}


@pytest.mark.parametrize("is_whole_room", [True, False], ids=["events", "messages of nodes"])
async def test_bans_that_nobody_told_cut_connections(house: House, polls: Polls, is_whole_room: bool) -> None:
    line = await house.enter("ann")
    reads = polls.reads
    await house.store.ban(ROOM, Ban("ann", "host", "", house.clock.now_ms(), None))
    if is_whole_room:
        await lose(house)
    else:
        house.hub.on_nodes_missed()
        await house.settle()
    assert [frame["code"] for frame in line.hear() if frame["type"] == "left"] == ["banned"]
    assert polls.reads == reads + 1
