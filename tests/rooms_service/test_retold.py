"""What was committed around a restart reaches who was there before it, and is not kept for long."""

from __future__ import annotations

import pytest

from liveroom.rooms import retold as retold_module
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.retold import KEPT_S, Retold
from tests.rooms_service.house import House
from tests.support.clock import FakeClock


def test_what_is_told_right_after_the_start_is_kept_in_order_by_room(clock: FakeClock) -> None:
    retold = Retold(clock)
    retold.keep("a", [b"1", b"2"])
    retold.keep("b", [b"x"])
    retold.keep("a", [b"3"])
    assert list(retold.of("a")) == [b"1", b"2", b"3"]
    assert list(retold.of("c")) == []


def test_later_there_is_nothing_of_it_and_nothing_new(clock: FakeClock) -> None:
    retold = Retold(clock)
    retold.keep("a", [b"1"])
    clock.advance(KEPT_S * 1000 + 1)
    assert list(retold.of("a")) == []
    retold.keep("a", [b"2"])
    assert list(retold.of("a")) == []


def test_of_too_much_the_newest_is_kept(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retold_module, "MOST_BYTES", 10)
    retold = Retold(clock)
    retold.keep("a", [b"12345", b"6789"])
    retold.keep("a", [b"abc"])
    assert list(retold.of("a")) == [b"6789", b"abc"]


async def test_who_resumes_from_before_the_start_gets_it_with_the_snapshot_and_nobody_else(clock: FakeClock) -> None:
    house = House(clock, RoomSettings())
    retold = Retold(clock)
    object.__setattr__(house.service.open_rooms._means, "retold", retold.of)
    retold.keep("demo", [b'{"kind":"like.milestone_reached","ts":1,"data":{"total":100}}'])
    await house.open()
    resumed = await (await house.line("ann")).join({"epoch": "before", "seq": 7})
    assert resumed["recovered"] is False
    assert [event["data"] for event in resumed["events"]] == [{"total": 100}]
    assert resumed["snapshot"]["room"]["id"] == "demo"
    assert "events" not in await (await house.line("bob")).join()
    await house.close()
