"""Rooms share an endpoint: one with many events holds up no other one."""

from __future__ import annotations

from liveroom.rooms.storage.database import Database
from liveroom.rooms.webhooks.deliveries import Deliveries, Delivery, DeliveryState

NOW_MS = 1_000
LIMIT = 64


def wait(room: str, number: int, next_at_ms: int = 0) -> Delivery:
    """An event of a room that waits."""
    event = f"evt_{room}_{number}"
    return Delivery(0, "wh_1", event, room, "gift.settled", b"{}", DeliveryState.PENDING, 0, 0, next_at_ms)


async def events_due(deliveries: Deliveries) -> list[tuple[str, str]]:
    """What is to be tried, in its order: room and event."""
    return [(each.room, each.event) for each in await deliveries.load_due("wh_1", NOW_MS, LIMIT)]


async def test_a_busy_room_leaves_places_to_the_others(database: Database) -> None:
    deliveries = Deliveries(database)
    await deliveries.add([wait("busy", number) for number in range(200)], {})
    await deliveries.add([wait("calm", number) for number in range(3)], {})
    await deliveries.add([wait("late", 0, NOW_MS), wait("later", 0, NOW_MS + 1)], {})
    due = await events_due(deliveries)
    assert len(due) == LIMIT
    assert [event for room, event in due if room == "calm"] == ["evt_calm_0", "evt_calm_1", "evt_calm_2"]
    assert [event for room, event in due if room == "busy"] == [f"evt_busy_{number}" for number in range(60)]
    assert [event for room, event in due if room in ("late", "later")] == ["evt_late_0"]


async def test_a_room_that_is_alone_has_all_places(database: Database) -> None:
    deliveries = Deliveries(database)
    await deliveries.add([wait("busy", number) for number in range(100)], {})
    assert await events_due(deliveries) == [("busy", f"evt_busy_{number}") for number in range(LIMIT)]
