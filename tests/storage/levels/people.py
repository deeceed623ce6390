"""People who are in the room of a house, without sockets."""

from __future__ import annotations

from typing import Any

from liveroom.realtime.identity import Identity
from liveroom.rooms.rules.traits import Traits
from tests.storage.house import ROOM, House, make_person


async def enter(house: House, user_id: str, **traits: Any) -> Identity:
    """Somebody comes in: what they have earned is read, then they are there."""
    who = make_person(user_id, **traits)
    room = await house.room()
    read = house.node.value.levels.fetch(room, who)
    if read is not None:
        await read
    room.attendance.enter(who, room.document, "en", None, house.clock.now_ms(), resumed=False)
    return who


async def write(house: House) -> None:
    """Write what was counted, and let it be told."""
    await house.node.value.levels.minutes.settle()
    await house.node.value.levels.deeds.flush()
    await house.node.storage.relay.drain()


async def seen(house: House, user_id: str) -> Traits:
    """Somebody as the room shows them."""
    return (await house.room()).attendance.viewers[user_id].traits


async def points(house: House, user_id: str) -> int:
    """What somebody has earned, as it is stored."""
    fan = await house.node.value.levels.pages.find(ROOM, user_id)
    return 0 if fan is None else fan.points
