"""The stage of rooms on a node: its parts, put together.

Promise: after `start` people can apply and are called; who is gone, banned, or in a room that has ended is taken off.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import as_fragment
from liveroom.rooms.area import Area
from liveroom.rooms.machines.changes import Changes
from liveroom.rooms.messages.stage_view import StageStatus
from liveroom.rooms.room import STAFF_ROLES, Room
from liveroom.rooms.rules.parts import NO_PARTS, Parts
from liveroom.rooms.rules.snapshot import as_json
from liveroom.rooms.rules.stage_commands import Came, Gone, PersonCommand
from liveroom.rooms.rules.stage_state import StageState
from liveroom.rooms.rules.stage_view import mine, queue_view, view
from liveroom.rooms.stage.ending import StageEnding
from liveroom.rooms.stage.handlers import StageHandlers
from liveroom.rooms.stage.machine import STAGE
from liveroom.rooms.stage.memory import StageMemory
from liveroom.rooms.storage.documents import Cause
from liveroom.server.area_means import AreaMeans

WHEREABOUTS = Cause("clock", "stage.whereabouts")


class Stage(Area):
    """See the module."""

    def __init__(self, means: AreaMeans) -> None:
        hub, clock, keeper = means.hub, means.clock, means.keeper
        self._means = means
        self.memory = StageMemory(hub, clock, lambda room: means.find_room(room) is not None)
        self.ending = StageEnding(self.memory, keeper, means.storage.rooms, clock)
        self.changes = Changes(
            STAGE,
            keeper,
            hub,
            clock,
            version=lambda state: state.version,
            wants=self.memory.wants,
            take=self.memory.take,
        )
        self.machines = (STAGE,)
        self.handlers = StageHandlers(keeper, self._expect).by_command()

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        state = await self._means.keeper.load(STAGE, room)
        if state is None:
            return NO_PARTS
        self.memory.take(room, state)
        self.ending.opened(room)
        return NO_PARTS if state.status is StageStatus.ENDED else {"stages": {room: as_json(view(state))}}

    def mine(self, room: Room, identity: Identity) -> Mapping[str, object]:
        """See `Area.mine`."""
        state = self.memory.find(room.id)
        if state is None:
            return {}
        fields: dict[str, object] = {}
        user_id = identity.user_id
        if state.find(user_id) is not None or state.past_of(user_id) is not None:
            fields["stage"] = as_fragment(mine(state, user_id))
        if identity.role_in(room.id) in STAFF_ROLES and state.status is not StageStatus.ENDED:
            fields["stage_queue"] = as_fragment(queue_view(state))
        return fields

    def expects(self, room: Room, user_id: str) -> bool:
        """Whether somebody is on the stage of a room, or on the way there."""
        state = self.memory.find(room.id)
        return state is not None and state.find(user_id) is not None

    def people(self, room: Room) -> Collection[str]:
        """See `Area.people`: all who wait, are invited or have a seat."""
        state = self.memory.find(room.id)
        return [guest.user.id for guest in state.guests] if state is not None else ()

    async def gone(self, room: str, user_id: str, since_ms: int) -> None:
        """See `Area.gone`."""
        await self._note(room, Gone(user_id, since_ms))

    async def came(self, room: str, user_id: str) -> None:
        """See `Area.came`."""
        await self._note(room, Came(user_id))

    async def read(self, room: str) -> StageState | None:
        """The stage of a room as it is kept; None: it was never used.

        Raises:
            DatabaseUnavailable, DocumentUnreadable: it cannot be read.
        """
        return await self._means.keeper.load(STAGE, room)

    async def start(self) -> None:
        """See `Area.start`."""
        self._means.hub.observe(self.ending.observe)
        self._means.hub.listen(self.ending.hear)

    async def stop(self) -> None:
        """See `Area.stop`."""
        await self.ending.stop()
        await self.changes.stop()

    async def _note(self, room: str, command: PersonCommand) -> None:
        keeper = self._means.keeper
        # The people of a room that is not open here are not in memory: what is kept says whether they matter.
        state = self.memory.find(room)
        if state is None:
            state = await keeper.load(STAGE, room)
        if state is not None and state.find(command.user_id) is not None:
            await keeper.carry_out(STAGE, room, command, WHEREABOUTS)

    async def _expect(self, room: str, user_ids: tuple[str, ...]) -> None:
        await self._means.whereabouts.expect(room, user_ids)
