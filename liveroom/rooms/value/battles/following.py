"""What follows a commit: ratings after a round, and a battle that loses a room because its show is over.

Promise: told by the outbox, so it happens also when the process that committed died before; a repeat changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from liveroom.realtime.clock import Clock
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Ledger
from liveroom.rooms.machines import Keeper
from liveroom.rooms.rules.battle_commands import EndRoom
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.outbox import OutboxRow
from liveroom.rooms.value.battles.finder import BattleFinder
from liveroom.rooms.value.battles.machine import BATTLE
from liveroom.rooms.value.battles.ratings import Placed, rate_fact

CAUSE = Cause("clock", "room.end")


class BattleFollowing:
    """Sends the rows of the lane `battles`."""

    def __init__(self, ledger: Ledger, keeper: Keeper, finder: BattleFinder, clock: Clock) -> None:
        self._ledger = ledger
        self._keeper = keeper
        self._finder = finder
        self._clock = clock

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """Do it, in order.

        Raises:
            RealtimeError: it is done later.
        """
        for row in rows:
            told = orjson.loads(row.payload)
            if "rated" in told:
                await self._rate(room, told["rated"])
            elif "ended" in told:
                await self._end(told["ended"])

    async def _rate(self, room: str, told: Any) -> None:
        places = [Placed(*place) for place in told["places"]]
        fact = rate_fact(room, told["battle"], told["round"], places, self._clock.now_ms())
        await self._ledger.write(fact)

    async def _end(self, room: str) -> None:
        battles = list(await self._finder.invitations(room))
        own = await self._finder.of_room(room)
        for state in [*battles, *([own] if own is not None else [])]:
            try:
                await self._keeper.carry_out(BATTLE, state.id, EndRoom(room), CAUSE)
            except Refusal as refused:
                if refused.retryable:
                    raise
