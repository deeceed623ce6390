"""A node that ends remembers who was in its rooms, so that nobody is a newcomer to the next one."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms import open_rooms
from liveroom.rooms.rules.visits import PastVisits
from tests.rooms_service.house import ROOM, House


async def test_who_is_there_at_the_end_was_last_seen_then(house: House) -> None:
    """With two devices as with one."""
    await house.enter("ann")
    await house.enter("ann")
    await house.wait(20_000, step_ms=1_000)
    await house.service.open_rooms.stop()
    assert await house.store.past_visits(ROOM, "ann") == PastVisits(1, house.clock.now_ms())


async def test_who_has_just_left_was_last_seen_when_they_left(house: House) -> None:
    """Their visit could have gone on, so it was not remembered yet."""
    line = await house.enter("ann")
    await house.wait(1_000)
    line.hang_up()
    left_at_ms = house.clock.now_ms()
    await house.wait(20_000, step_ms=1_000)
    assert await house.store.past_visits(ROOM, "ann") is None
    await house.service.open_rooms.stop()
    assert await house.store.past_visits(ROOM, "ann") == PastVisits(1, left_at_ms)


async def test_a_store_that_is_away_does_not_hold_up_the_end(
    house: House, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be kept is said."""
    monkeypatch.setattr(open_rooms, "CLOSE_S", 0.05)
    await house.enter("ann")
    house.faults.plan("remember_visits", "hang")
    await house.service.open_rooms.stop()
    assert "some visits could not be kept" in caplog.text


async def test_the_store_is_told_who_changed_a_room(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """For the history of the room."""
    told = []
    save = house.store.save

    async def note(*args: object, **cause: str) -> bool:
        told.append(cause)
        return await save(*args, **cause)  # type: ignore[arg-type] - passed on as they came

    monkeypatch.setattr(house.store, "save", note)
    host = await house.enter("host", Role.HOST)
    await host.ask("room.end")
    assert [(each["who"], each["command"]) for each in told] == [("host", "room.end")]
