"""Takes people off the stage whom the room itself has done with: when it ends, and when they are banned.

Promise: also when the node that ended the room died right after: whoever opens the room finds it out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import REPAIRED, NodeMessage
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.room import RoomStatus
from liveroom.rooms.messages.stage_view import Ending, StageStatus
from liveroom.rooms.rules.bans import active
from liveroom.rooms.rules.stage_commands import End, Remove
from liveroom.rooms.rules.stage_state import StageState
from liveroom.rooms.stage.machine import STAGE
from liveroom.rooms.stage.memory import StageMemory
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.endings import DatabaseTasks
from liveroom.rooms.store import RoomStore

logger = logging.getLogger(__name__)

ROOM = Cause("room", "stage.end")
BAN = Cause("room", "stage.ban")
DONE_S = 5.0
AGAIN_S = 1.0
Work = Callable[[], Coroutine[None, None, None]]


class StageEnding:
    """See the module; `observe` and `hear` are given to the hub."""

    def __init__(self, memory: StageMemory, keeper: Keeper, rooms: RoomStore, clock: Clock) -> None:
        self._memory = memory
        self._keeper = keeper
        self._rooms = rooms
        self._clock = clock
        self._tasks = DatabaseTasks()
        self._is_stopping = False

    async def stop(self) -> None:
        """End; what is left is found when the room is opened again."""
        self._is_stopping = True
        await self._tasks.end()

    async def settle(self) -> None:
        """Wait until what is under way is done."""
        await self._tasks.settle()

    def observe(self, room: str, events: Sequence[Event]) -> None:
        """Events of a room that is open here."""
        if any(event.kind in ("room.ended", REPAIRED) for event in events) and _is_in_use(self._memory.find(room)):
            self._begin(partial(self._end, room))

    def opened(self, room: str) -> None:
        """A room was opened here, with its stage in memory."""
        if _is_in_use(self._memory.find(room)):
            self._begin(partial(self._end, room))

    def hear(self, told: NodeMessage) -> None:
        """Nodes tell of bans from a room; from the whole server they cut connections, which is seen."""
        if "bans_changed" in told and _has_people(self._memory.find(told["bans_changed"])):
            self._begin(partial(self._remove_banned, told["bans_changed"]))

    async def _end(self, room: str) -> None:
        document = await self._rooms.load(room)
        if document is not None and document.status is RoomStatus.ENDED:
            await self._keeper.carry_out(STAGE, room, End(document.version), ROOM)

    async def _remove_banned(self, room: str) -> None:
        bans = await self._rooms.bans(room)
        state = self._memory.find(room)
        for guest in state.guests if state is not None else ():
            if active(bans.get(guest.user.id), self._clock.now_ms()):
                await self._remove(room, guest.user.id)

    async def _remove(self, room: str, user_id: str) -> None:
        await self._keeper.carry_out(STAGE, room, Remove(user_id, Ending.BANNED), BAN)

    def _begin(self, work: Work) -> None:
        if not self._is_stopping:
            self._tasks.start(self._do(work))

    async def _do(self, work: Work) -> None:
        try:
            async with asyncio.timeout(DONE_S):
                await work()
        except (RealtimeError, TimeoutError) as error:
            logger.warning("somebody is on a stage who should not be; trying again: %s", error)
            self._clock.call_later(AGAIN_S, lambda: self._begin(work))


def _is_in_use(state: StageState | None) -> bool:
    return state is not None and state.status is not StageStatus.ENDED


def _has_people(state: StageState | None) -> bool:
    return state is not None and bool(state.guests)
