"""The stage over HTTP: how it is, and what guests ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.stage import (
    AnswerInvitation,
    ApplyForStage,
    CancelApplication,
    LeaveStage,
    StageAck,
    SwitchDevices,
)
from liveroom.rooms.messages.stage_view import StageQueue, StageView
from liveroom.rooms.rules.stage_state import StageState
from liveroom.rooms.rules.stage_view import queue_view, view
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.staff import require_staff
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}/stage", tags=["stage"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)
Application = Annotated[ApplyForStage, Body(examples=[{"kind": "video", "line": "想聊聊我的猫"}])]
Answer = Annotated[AnswerInvitation, Body(examples=[{"accept": True}])]
Switch = Annotated[SwitchDevices, Body(examples=[{"mic": False}])]


@router.get("", responses=refusals(404))
async def read_stage(room: RoomName, node: NodeOf, caller: Caller) -> StageView:
    """The stage as everybody in the room sees it; 404 before it was used."""
    node.rooms.admit(await node.rooms.room(room), caller)
    return view(await _find(node, room))


@router.get("/queue", responses=refusals(404))
async def read_stage_queue(room: RoomName, node: NodeOf, caller: Caller) -> StageQueue:
    """Who waits and who is invited, for the staff."""
    await require_staff(node, caller, room)
    return queue_view(await _find(node, room))


@router.post("/apply", responses=COMMAND)
async def apply_for_stage(
    room: RoomName, wanted: Application, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Ask for a seat, as the caller."""
    return await command(node, caller, room, "stage.apply", wanted, idempotency_key)


@router.post("/cancel", responses=COMMAND)
async def cancel_stage_application(
    room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Take the application back."""
    return await command(node, caller, room, "stage.cancel", CancelApplication(), idempotency_key)


@router.post("/answer", responses=COMMAND)
async def answer_stage_invitation(
    room: RoomName, answer: Answer, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Say yes or no to an invitation."""
    return await command(node, caller, room, "stage.answer", answer, idempotency_key)


@router.post("/leave", responses=COMMAND)
async def leave_stage(room: RoomName, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None) -> StageAck:
    """Get up from the seat."""
    return await command(node, caller, room, "stage.leave", LeaveStage(), idempotency_key)


@router.post("/switch", responses=COMMAND)
async def switch_stage_devices(
    room: RoomName, wanted: Switch, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Switch the own microphone or camera."""
    return await command(node, caller, room, "stage.switch", wanted, idempotency_key)


async def command(node: Node, caller: Identity, room: str, type_: str, wanted: Model, key: str | None) -> StageAck:
    """Carry out a command about a person."""
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return StageAck.model_validate_json(answer.data)


async def _find(node: Node, room: str) -> StageState:
    state = await node.value.stage.read(room)
    if state is None:
        raise RealtimeError(ErrorCode.NOT_FOUND, "the stage of this room was not used so far", room=room)
    return state
