"""Settles rounds that are over: reads the points, which cannot change any more, and freezes them into the result.

Promise: the result equals the ledger; each round is settled once, whoever does it. Whoever dies over it is replaced:
the clock asks again every 2 s.
"""

from __future__ import annotations

import logging

from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.machines import Keeper
from liveroom.rooms.rules.battle_commands import Settle
from liveroom.rooms.rules.battle_state import COUNTING
from liveroom.rooms.storage.battle_points import read_counters, read_supporters
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.value.battles.machine import BATTLE

logger = logging.getLogger(__name__)

CAUSE = Cause("clock", "battle.settle")


class Settlement:
    """See the module."""

    def __init__(self, database: Database, keeper: Keeper) -> None:
        self._database = database
        self._keeper = keeper

    async def settle(self, battle: str) -> None:
        """Settle a battle that is being counted; what cannot be done now is done when the clock asks again."""
        try:
            state = await self._keeper.load(BATTLE, battle)
            if state is None or state.status is not COUNTING:
                return
            # Read after the state was committed: whoever adds points holds the document and finds the round closed.
            async with self._database.read() as connection:
                counts = (await read_counters(connection, {state.tally}))[state.tally]
                supporters = await read_supporters(connection, state.tally, state.rooms)
            scores = {room: counts.get(f"score:{room}", 0) for room in state.rooms}
            await self._keeper.carry_out(BATTLE, battle, Settle(scores, supporters), CAUSE)
        except RealtimeError as error:
            logger.warning("the points of a battle were not counted; it is tried again: %s", error.message)
