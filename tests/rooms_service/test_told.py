"""What a room tells by webhook is stored with the change that it tells, and only then."""

from __future__ import annotations

import orjson

from liveroom.realtime.identity import Role
from liveroom.rooms.webhook_events import LANE
from tests.rooms_service.house import House


def told(house: House) -> list[tuple[str, dict[str, object]]]:
    """Types and data of what was stored."""
    messages = [message for message in house.store.told if message.lane.lane == LANE]
    return [(type_, data) for message in messages for type_, data in orjson.loads(message.payload)]


async def test_shows_and_bans_are_told_and_refused_commands_are_not(house: House) -> None:
    house.store.told.clear()
    host = await house.enter("host", Role.HOST)
    await house.enter("bob")
    await host.ask("room.go_live")
    await host.ask("room.update", {"title": "later"})
    await host.ask("user.ban", {"user_id": "bob", "reason": "spam"})
    await host.ask("room.end")
    await host.ask("room.end")
    await host.ask("room.open")
    await host.ask("room.end")
    assert [type_ for type_, _ in told(house)] == ["user.banned", "show.ended", "room.opened"]
    banned, ended, opened = (data for _, data in told(house))
    assert (banned["user_id"], banned["by"], banned["reason"]) == ("bob", "host", "spam")
    assert (ended["title"], ended["by"]) == ("later", "host")
    assert "show_id" not in opened


async def test_a_change_that_was_not_stored_is_not_told(house: House) -> None:
    host = await house.enter("host", Role.HOST)
    house.store.told.clear()
    house.faults.plan("save", "raise")
    await host.ask("room.end")
    assert told(house) == []
    house.faults.plan("save", "raise after")
    await host.ask("room.end")
    assert [type_ for type_, _ in told(house)] == ["show.ended"]
