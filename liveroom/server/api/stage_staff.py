"""The stage over HTTP: what the staff decide about people, seats and the queue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from liveroom.realtime.identity import Identity
from liveroom.rooms.messages.stage import (
    AcceptApplicant,
    AllowDevices,
    ConfigureAck,
    ConfigureStage,
    InviteGuest,
    LockSeat,
    MoveGuest,
    OfSeat,
    RefuseApplicant,
    RemoveGuest,
    ReserveSeat,
    SeatAck,
    SetTurn,
    StageAck,
    UnlockSeat,
    WithdrawInvitation,
)
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, RoomName
from liveroom.server.api.keys import make_key
from liveroom.server.api.stage import COMMAND, command
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}/stage", tags=["stage"], dependencies=DOCUMENTED)

Accept = Annotated[AcceptApplicant, Body(examples=[{"user_id": "u7"}])]
Refuse = Annotated[RefuseApplicant, Body(examples=[{"user_id": "u7"}])]
Invite = Annotated[InviteGuest, Body(examples=[{"user_id": "u7", "kind": "audio"}])]
Withdraw = Annotated[WithdrawInvitation, Body(examples=[{"user_id": "u7"}])]
Remove = Annotated[RemoveGuest, Body(examples=[{"user_id": "u7"}])]
Move = Annotated[MoveGuest, Body(examples=[{"user_id": "u7", "seat": 2}])]
Allow = Annotated[AllowDevices, Body(examples=[{"user_id": "u7", "mic": False}])]
Turn = Annotated[SetTurn, Body(examples=[{"user_id": "u7", "ends_at": 1_790_000_600_000}])]
Lock = Annotated[LockSeat, Body(examples=[{"seat": 3}])]
Unlock = Annotated[UnlockSeat, Body(examples=[{"seat": 3}])]
Reserve = Annotated[ReserveSeat, Body(examples=[{"seat": 1, "user_id": "u7"}])]
Configure = Annotated[ConfigureStage, Body(examples=[{"auto": True}])]


@router.post("/accept", responses=COMMAND)
async def accept_applicant(
    room: RoomName, wanted: Accept, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Give an applicant a seat."""
    return await command(node, caller, room, "stage.accept", wanted, idempotency_key)


@router.post("/refuse", responses=COMMAND)
async def refuse_applicant(
    room: RoomName, wanted: Refuse, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Take an applicant out of the queue."""
    return await command(node, caller, room, "stage.refuse", wanted, idempotency_key)


@router.post("/invite", responses=COMMAND)
async def invite_guest(
    room: RoomName, wanted: Invite, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Ask somebody onto the stage; a seat is held until they answer."""
    return await command(node, caller, room, "stage.invite", wanted, idempotency_key)


@router.post("/withdraw", responses=COMMAND)
async def withdraw_invitation(
    room: RoomName, wanted: Withdraw, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Take an invitation back."""
    return await command(node, caller, room, "stage.withdraw", wanted, idempotency_key)


@router.post("/remove", responses=COMMAND)
async def remove_guest(
    room: RoomName, wanted: Remove, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Take somebody off the stage, or out of its queue."""
    return await command(node, caller, room, "stage.remove", wanted, idempotency_key)


@router.post("/move", responses=COMMAND)
async def move_guest(
    room: RoomName, wanted: Move, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Put a guest on another seat."""
    return await command(node, caller, room, "stage.move", wanted, idempotency_key)


@router.post("/allow", responses=COMMAND)
async def allow_guest_devices(
    room: RoomName, wanted: Allow, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Switch a guest's devices off, or let them switch them on again."""
    return await command(node, caller, room, "stage.allow", wanted, idempotency_key)


@router.post("/turn", responses=COMMAND)
async def set_guest_turn(
    room: RoomName, wanted: Turn, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> StageAck:
    """Say when a guest's turn ends."""
    return await command(node, caller, room, "stage.set_turn", wanted, idempotency_key)


@router.post("/lock", responses=COMMAND)
async def lock_seat(
    room: RoomName, wanted: Lock, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> SeatAck:
    """Nobody gets this seat."""
    return await _seat(node, caller, room, "stage.lock", wanted, idempotency_key)


@router.post("/unlock", responses=COMMAND)
async def unlock_seat(
    room: RoomName, wanted: Unlock, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> SeatAck:
    """Undo a lock or a reservation."""
    return await _seat(node, caller, room, "stage.unlock", wanted, idempotency_key)


@router.post("/reserve", responses=COMMAND)
async def reserve_seat(
    room: RoomName, wanted: Reserve, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> SeatAck:
    """Keep a seat for one person."""
    return await _seat(node, caller, room, "stage.reserve", wanted, idempotency_key)


@router.post("/configure", responses=COMMAND)
async def configure_stage(
    room: RoomName, wanted: Configure, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> ConfigureAck:
    """Set how the queue works; an absent field stays."""
    answer = await node.rooms.call(caller, room, "stage.configure", wanted, idempotency_key or make_key())
    return ConfigureAck.model_validate_json(answer.data)


async def _seat(node: Node, caller: Identity, room: str, type_: str, wanted: OfSeat, key: str | None) -> SeatAck:
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return SeatAck.model_validate_json(answer.data)
