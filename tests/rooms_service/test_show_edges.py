"""What comes together with the beginning or the end of a show counts for the show in which it was said."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.area import Area, Spoken
from liveroom.rooms.areas import Areas
from liveroom.rooms.room import Room
from tests.rooms_service.house import House
from tests.support.clock import FakeClock


class Listening(Area):
    """Writes down in which show comments were heard."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str | None]] = []

    def commented(self, room: Room, identity: Identity, spoken: Spoken, now_ms: int) -> None:
        self.heard.append((spoken.shown, room.document.show.id if room.document.show else None))


@pytest.mark.parametrize("key", [None, "k"], ids=["without a key", "with a key"])
async def test_the_numbers_of_a_show_hold_what_came_right_before_its_end(house: House, key: str | None) -> None:
    host, ann = await house.enter("host", Role.HOST), await house.enter("ann")
    said = ann.say("comment.send", {"text": "bye"}, key=key)
    liked = ann.say("like.send", {"count": 50}, key=key and f"{key}2")
    host.say("room.end")
    late = ann.say("comment.send", {"text": "too late"})
    await house.wait(100)
    stats = host.events("room.ended")[0]["data"]["stats"]
    assert (stats["comments"], stats["likes"]) == (1, 50)
    assert [ann.answer(number)["type"] for number in (said, liked, late)] == ["ack", "ack", "error"]


async def test_what_came_before_the_next_show_does_not_count_for_it(house: House) -> None:
    host, ann = await house.enter("host", Role.HOST), await house.enter("ann")
    ann.say("like.send", {"count": 9})
    ann.say("comment.send", {"text": "bye"})
    for command in ("room.end", "room.go_live"):
        host.say(command)
    ann.say("like.send", {"count": 4})
    await house.wait(1_000)
    assert len(host.events("room.went_live")) == 1
    await host.ask("room.end")
    await house.wait(100)
    told = [event["data"]["stats"] for event in host.events("room.ended")]
    assert [(stats["comments"], stats["likes"]) for stats in told] == [(1, 9), (0, 4)]


async def test_what_was_asked_right_before_the_end_was_asked_in_the_show(clock: FakeClock) -> None:
    area = Listening()
    house = House(clock, areas=Areas([area]))
    await house.open()
    host, ann = await house.enter("host", Role.HOST), await house.enter("ann")
    show = (await house.look())["snapshot"]["show"]["id"]
    ann.say("comment.send", {"text": "how much is it?"})
    host.say("room.end")
    await house.wait(100)
    assert area.heard == [("how much is it?", show)]
    await house.close()
