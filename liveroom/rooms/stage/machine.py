"""The stage as a machine: one document for each room, under the room's name."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from liveroom.realtime.catalogue import Model
from liveroom.rooms.machines import Elapse, Machine, Step
from liveroom.rooms.machines.contract import ForRoom, ForServers
from liveroom.rooms.messages.stage_view import GuestLeft, GuestSeated
from liveroom.rooms.rules import stage, stage_commands
from liveroom.rooms.rules.stage_state import StageState


def _apply(state: StageState | None, command: Any, now_ms: int) -> Step[StageState]:
    order = stage_commands.Elapse() if isinstance(command, Elapse) else command
    after, events = stage.apply(state, order, now_ms)
    webhooks = (_webhook(after.room, event) for event in events)
    return Step(after, [*(ForRoom(after.room, event) for event in events), *(each for each in webhooks if each)])


def _webhook(room: str, event: Model) -> ForServers | None:
    if isinstance(event, GuestSeated):
        data: dict[str, object] = {"user_id": event.user.id, "seat": event.seat, "kind": event.kind.value}
        return ForServers(room, "stage.guest_seated", data)
    if isinstance(event, GuestLeft):
        data = {"user_id": event.user.id, "seat": event.seat, "reason": event.reason.value}
        return ForServers(room, "stage.guest_left", data)
    return None


STAGE: Machine[StageState] = Machine("stage", TypeAdapter(StageState), _apply, stage.due_at, lambda state: state.room)
