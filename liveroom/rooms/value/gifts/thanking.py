"""Tells the host's staff whom to thank, after a combo is over.

Promise: only what was committed is thanked for; a cue that is lost costs nothing but a thank-you. Remembers when it
last spoke in at most `MOST_ROOMS` rooms.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection

from liveroom.realtime.backplane.base import Backplane, Target
from liveroom.realtime.clock import Clock
from liveroom.realtime.wire import encode_event
from liveroom.rooms.room import STAFF_ROLES, Room
from liveroom.rooms.rules import thanks
from liveroom.rooms.storage.combos import load_combos
from liveroom.rooms.storage.database import Database
from liveroom.rooms.value.gifts.catalogue import GiftCatalogue

MOST_ROOMS = 10_000
SEND_S = 2.0

FindRoom = Callable[[str], Awaitable[Room]]
"""The room of this name, opened on this node: another one may have its host, and still this one closed the combo."""


class Thanking:
    """See the module."""

    def __init__(self, database: Database, catalogue: GiftCatalogue, backplane: Backplane, clock: Clock) -> None:
        self.find_room: FindRoom | None = None
        self._database = database
        self._catalogue = catalogue
        self._backplane = backplane
        self._clock = clock
        self._states: OrderedDict[str, thanks.Thanks] = OrderedDict()

    async def thank(self, room_id: str, combo_ids: Collection[str]) -> None:
        """Tell about combos of a room that are over; the largest first.

        Raises:
            RealtimeError, TimeoutError: something is away; perhaps not all were told.
        """
        if self.find_room is None:
            return
        room = await self.find_room(room_id)
        if not room.scene.thanks:
            return
        async with self._database.read() as connection:
            combos = await load_combos(connection, combo_ids)
        now_ms = self._clock.now_ms()
        state = self._states.pop(room_id, None) or thanks.start(now_ms)
        for combo in sorted(combos.values(), key=lambda each: (-each.amount, each.id)):
            gift = self._catalogue.get(combo.gift)
            names = gift.names if gift is not None else None
            state, cue = thanks.apply(state, combo, names, room.scene, room.host_lang, now_ms)
            if cue is not None:
                told = encode_event("cue.shown", now_ms, cue)
                async with asyncio.timeout(SEND_S):
                    await self._backplane.send_private(room_id, Target(roles=STAFF_ROLES), told)
        self._states[room_id] = state
        while len(self._states) > MOST_ROOMS:
            self._states.popitem(last=False)
