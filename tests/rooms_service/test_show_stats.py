"""What a show has come to is that of all nodes, wherever it is ended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from tests.rooms_service.house import House
from tests.support.clock import FakeClock

LEAVE_MS = 14_000


@pytest.fixture
async def second(house: House, clock: FakeClock) -> AsyncIterator[House]:
    """Another node with the same sums, documents and people; it hears what it says itself. The show is a new one."""
    await house.wait(1_000)
    host = await house.enter("host", Role.HOST)
    for command in ("room.end", "room.go_live"):
        await host.ask(command)
    second = House(clock)
    for mine, shared in ((second.backplane, house.backplane), (second.store, house.store)):
        facts = {name: value for name, value in vars(shared).items() if name not in ("faults", "_receiver")}
        vars(mine).update(facts)
    await second.hub.start()
    second.service.open_rooms.start()
    yield second
    await second.close()


async def end(house: House) -> Any:
    """End the show here; gives what it came to."""
    host = await house.enter("host", Role.HOST)
    assert (await host.ask("room.end"))["type"] == "ack"
    await house.wait(200)
    return host.events("room.ended")[-1]["data"]["stats"]


async def test_a_show_is_ended_on_a_node_that_had_not_its_room_open(house: House, second: House) -> None:
    ann, bob = await house.enter("ann"), await house.enter("bob")
    for line in (ann, bob):
        await line.ask("comment.send", {"text": "hi"})
    await bob.ask("like.send", {"count": 9})
    await house.wait(2_000)
    bob.hang_up()
    await house.wait(LEAVE_MS, step_ms=500)
    assert await end(second) == {"viewers": 2, "comments": 2, "likes": 9, "peak_viewers": 2}


async def test_viewers_of_all_nodes_count_and_the_highest_sum_stays_when_people_leave(
    house: House, second: House
) -> None:
    first = [await house.enter(name) for name in ("ann", "bob")]
    await house.wait(2_000)
    house.backplane.elsewhere, second.backplane.elsewhere = 1, 2
    other = await second.enter("cat")
    for line, times in ((first[0], 3), (other, 2)):
        for _ in range(times):
            await line.ask("comment.send", {"text": "hi"})
        await line.ask("like.send", {"count": 7})
    for node in (house, second):
        await node.wait(2_000)
        assert node.service.open_rooms.get("demo") is not None
    assert other.latest("audience")[-1] | {"sample": []} == {"viewers": 3, "joined": 3, "peak": 3, "sample": []}
    first[1].hang_up()
    second.backplane.elsewhere = 1
    await house.wait(LEAVE_MS, step_ms=500)
    await second.wait(12_000, step_ms=500)
    assert other.latest("audience")[-1] | {"sample": []} == {"viewers": 2, "joined": 3, "peak": 3, "sample": []}
    await first[0].ask("like.send", {"count": 1})
    await house.wait(1_000)
    assert await end(second) == {"viewers": 3, "comments": 5, "likes": 15, "peak_viewers": 3}


@pytest.mark.parametrize("fault", ["raise", "raise after"])
async def test_without_the_backplane_a_show_came_to_what_the_node_knows(
    house: House, second: House, fault: str
) -> None:
    ann, cat = await house.enter("ann"), await second.enter("cat")
    await ann.ask("like.send", {"count": 5})
    await house.wait(2_000)
    for _ in range(2):
        await cat.ask("comment.send", {"text": "hi"})
    await cat.ask("like.send", {"count": 2})
    await second.wait(2_000)
    await cat.ask("comment.send", {"text": "hi"})
    second.faults.plan("add", *[fault] * 20)
    assert await end(second) == {"viewers": 2, "comments": 3, "likes": 7, "peak_viewers": 1}


async def test_a_new_show_begins_with_a_new_highest_sum(house: House, second: House) -> None:
    ann, bob = await house.enter("ann"), await house.enter("bob")
    await ann.ask("comment.send", {"text": "hi"})
    await house.wait(2_000)
    assert (await end(house))["peak_viewers"] == 2
    bob.hang_up()
    await house.wait(LEAVE_MS, step_ms=500)
    host = await house.enter("host", Role.HOST)
    await host.ask("room.go_live")
    await house.wait(2_000)
    assert await end(second) == {"viewers": 1, "comments": 0, "likes": 0, "peak_viewers": 1}
