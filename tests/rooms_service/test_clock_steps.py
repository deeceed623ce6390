"""A wall clock that was an hour ahead and is put right stops nothing in a room."""

from __future__ import annotations

from liveroom.rooms.messages.room import RoomSettings
from tests.rooms_service.house import House
from tests.support.clock import FakeClock

HOUR_MS = 3_600_000


async def test_comments_and_totals_go_on_when_the_clock_is_put_back(clock: FakeClock) -> None:
    house = House(clock, RoomSettings(comments_per_s=1))
    await house.open()
    clock.put(HOUR_MS)
    line = await house.enter("ann")
    for number in range(3):
        await line.ask("comment.send", {"text": f"before {number}"})
    await line.ask("like.send", {"count": 1})
    await house.wait(2_000)
    assert (line.latest("likes")[-1], line.latest("audience")[-1]["viewers"]) == ({"total": 1}, 1)
    shed = line.latest("comments_shed")[-1]["total"]
    clock.put(-HOUR_MS)
    await line.ask("like.send", {"count": 1})
    await house.enter("bob")
    await line.ask("comment.send", {"text": "still full"})
    await house.wait(2_000)
    assert line.latest("likes")[-1] == {"total": 2}
    assert line.latest("audience")[-1]["viewers"] == 2
    assert line.latest("comments_shed")[-1]["total"] == shed + 1
    await line.ask("comment.send", {"text": "after"})
    await house.wait(100)
    assert line.events("comment.sent")[-1]["data"]["text"] == "after"
    await house.close()
