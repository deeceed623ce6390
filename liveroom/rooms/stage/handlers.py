"""Handlers of the stage's commands, for the desk.

Promise: a stage begins by itself with the first command in a room that is open; after the end of a show it begins anew.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping

from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.stage import ConfigureAck, ConfigureStage, OfSeat, SeatAck, StageAck, StageReason
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.stage_commands import Command, Open
from liveroom.rooms.rules.stage_options import StageOptions
from liveroom.rooms.rules.stage_refusals import refuse
from liveroom.rooms.rules.stage_seats import find_seat
from liveroom.rooms.rules.stage_state import StageState, seat_status
from liveroom.rooms.rules.stage_view import mine, view
from liveroom.rooms.stage.machine import STAGE
from liveroom.rooms.stage.orders import ORDERED, make_order, subject_of
from liveroom.rooms.storage.documents import Cause

logger = logging.getLogger(__name__)

Expect = Callable[[str, tuple[str, ...]], Awaitable[None]]
"""Watch whether some people are connected to a room, from now on."""


class StageHandlers:
    """See the module."""

    def __init__(self, keeper: Keeper, expect: Expect) -> None:
        self._keeper = keeper
        self._expect = expect

    def by_command(self) -> Mapping[str, DeskHandler]:
        """The handlers by command type."""
        types = {declared.model: name for name, declared in catalogue.commands.items()}
        return {types[model]: self.handle for model in ORDERED}

    async def handle(self, room: Room, request: Request, now_ms: int) -> Model:
        """Any command of the stage."""
        if room.scene.stage is None:
            raise refuse(StageReason.OFF, "off")
        lifecycle.require_open(room.document)
        cause = Cause(request.identity.user_id, request.declared.name)
        state = await self._carry_out(room, room.scene.stage, make_order(room, request), cause)
        if isinstance(request.data, OfSeat):
            return SeatAck(seat=request.data.seat, status=seat_status(state, find_seat(state, request.data.seat)))
        if isinstance(request.data, ConfigureStage):
            return ConfigureAck(stage=view(state))
        user_id = subject_of(request)
        if state.find(user_id) is not None:
            await self._watch(room.id, user_id)
        return StageAck(user_id=user_id, stage=mine(state, user_id))

    async def _carry_out(self, room: Room, options: StageOptions, command: Command, cause: Cause) -> StageState:
        try:
            return await self._keeper.carry_out(STAGE, room.id, command, cause)
        except Refusal as refused:
            is_missing = refused.code == ErrorCode.NOT_FOUND and refused.facts.get("id") == room.id
            if not is_missing and refused.facts.get("reason") != StageReason.ENDED:
                raise
        await self._open(room, options, cause)
        return await self._keeper.carry_out(STAGE, room.id, command, cause)

    async def _open(self, room: Room, options: StageOptions, cause: Cause) -> None:
        opening = Open(room.id, options, room.document.version)
        try:
            await self._keeper.carry_out(STAGE, room.id, opening, cause)
        except Refusal as refused:
            if refused.code != ErrorCode.NOT_FOUND:
                raise
            try:
                await self._keeper.create(STAGE, room.id, opening, cause)
            except Refusal as raced:
                if raced.facts.get("state") != "exists":
                    raise

    async def _watch(self, room: str, user_id: str) -> None:
        try:
            await self._expect(room, (user_id,))
        except RealtimeError as error:
            # Whoever is connected here is watched all the same; the others have an expiry.
            logger.warning("a guest of the stage is not watched from the first moment: %s", error.message)
