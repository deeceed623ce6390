"""What was stored of a room's life is told once, whoever tells it and whatever was heard of the storing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from liveroom.realtime.backplane.base import Event, Publication
from liveroom.realtime.identity import Role
from liveroom.rooms import pipeline
from liveroom.rooms.life_events import LANE, LifeSender, life_message
from liveroom.rooms.storage.outbox import Message, OutboxRow
from tests.rooms_service.house import ROOM, House

ENDED = Event("room.ended", b'{"kind":"room.ended"}', vital=True)


@pytest.mark.parametrize("fault", ["raise after", "hang after"])
async def test_a_show_whose_end_was_stored_and_not_answered_is_ended_once_for_everybody(
    house: House, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "STEP_S", 0.02)
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    tell = LifeSender(house.backplane, house.clock)
    house.faults.plan("save", fault)
    refused = await host.ask("room.end", key="k")
    assert refused["error"]["code"] == "unavailable"
    again = await host.ask("room.end", key="k")
    assert (again["type"], again["duplicate"]) == ("ack", True)
    rows = [
        OutboxRow(number, message.lane, message.payload, created_at_ms=house.clock.now_ms())
        for number, message in enumerate(house.store.told, start=1)
        if message.lane.lane == LANE
    ]
    await tell(ROOM, rows)
    await tell(ROOM, rows)
    await house.settle()
    assert len(viewer.events("room.went_live")) == 0
    assert len(viewer.events("room.ended")) == 1
    assert (await host.ask("room.end", key="k"))["duplicate"] is True
    other = await host.ask("room.end", key="another")
    assert other["error"]["code"] == "wrong_state"


async def test_a_change_that_the_outbox_tells_first_is_answered_as_new(house: House) -> None:
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    save, tell = house.store.save, LifeSender(house.backplane, house.clock)

    async def save_and_tell(*args: Any, told: Sequence[Message], **facts: Any) -> bool:
        is_saved = await save(*args, told=told, **facts)
        await tell(ROOM, [OutboxRow(1, told[0].lane, told[0].payload, created_at_ms=house.clock.now_ms())])
        return is_saved

    house.store.save = save_and_tell  # type: ignore[method-assign] # the relay is quicker than the room
    answer = await host.ask("room.update", {"title": "New"}, key="k")
    await house.wait(500)
    [event] = viewer.events("room.updated")
    assert (answer["type"], answer["seq"], answer.get("duplicate")) == ("ack", event["seq"], None)
    assert (await host.ask("room.update", {"title": "New"}, key="k"))["duplicate"] is True


async def test_a_change_of_long_ago_is_not_told_any_more(house: House) -> None:
    viewer = await house.enter("ann")
    told = life_message(ROOM, Publication((ENDED,), "a"))
    await LifeSender(house.backplane, house.clock)(
        ROOM, [OutboxRow(1, told.lane, told.payload, created_at_ms=house.clock.now_ms() - 3_600_000)]
    )
    await house.settle()
    assert viewer.events("room.ended") == []
