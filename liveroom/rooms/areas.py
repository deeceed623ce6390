"""All areas of a node as rooms see them: what they show, what they tell somebody who joins, who matters to them.

Promise: a join that finds an area silent for `FETCH_S` is refused as retryable, so nobody is shown half of what is
theirs; whoever matters is told of once for each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.rooms.area import Area, Spoken
from liveroom.rooms.room import Room
from liveroom.rooms.rules.lifecycle import RoomState
from liveroom.rooms.rules.parts import Parts
from liveroom.rooms.storage.outbox import Message

FETCH_S = 2.0


class Areas:
    """See the module."""

    def __init__(self, areas: Sequence[Area] = ()) -> None:
        self.all = tuple(areas)
        self._listeners = [area for area in self.all if type(area).commented is not Area.commented]

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        loaded = await asyncio.gather(*(area.load_parts(room) for area in self.all))
        return {name: views for parts in loaded for name, views in parts.items() if views}

    def opened(self, room: Room) -> None:
        """See `Area.opened`."""
        for area in self.all:
            area.opened(room)

    def fetch(self, room: Room, identity: Identity) -> Awaitable[Mapping[str, object]] | None:
        """See `Area.fetch`."""
        waits = [wait for area in self.all if (wait := area.fetch(room, identity)) is not None]
        return _gather(waits, room.id) if waits else None

    def mine(self, room: Room, identity: Identity) -> Mapping[str, object]:
        """See `Area.mine`."""
        return {name: value for area in self.all for name, value in area.mine(room, identity).items()}

    def people(self, room: Room) -> frozenset[str]:
        """See `Area.people`."""
        return frozenset(user_id for area in self.all for user_id in area.people(room))

    def commented(self, room: Room, identity: Identity, spoken: Spoken, now_ms: int) -> None:
        """See `Area.commented`."""
        for area in self._listeners:
            area.commented(room, identity, spoken, now_ms)

    def follow(self, state: RoomState, events: Sequence[Model]) -> Sequence[Message]:
        """See `Area.follow`."""
        return [message for area in self.all for message in area.follow(state, events)]

    async def gone(self, room: str, user_id: str, since_ms: int) -> None:
        """See `Area.gone`."""
        await asyncio.gather(*(area.gone(room, user_id, since_ms) for area in self.all))

    async def came(self, room: str, user_id: str) -> None:
        """See `Area.came`."""
        await asyncio.gather(*(area.came(room, user_id) for area in self.all))


async def _gather(waits: Sequence[Awaitable[Mapping[str, object]]], room: str) -> Mapping[str, object]:
    try:
        async with asyncio.timeout(FETCH_S):
            found = await asyncio.gather(*waits)
    except TimeoutError:
        text = "what is yours in this room could not be read in time; try again"
        raise RealtimeError(ErrorCode.UNAVAILABLE, text, room=room, retry_after_ms=500) from None
    return {name: value for each in found for name, value in each.items()}
