"""Commands of the staff on the documents of a room, with who gives them.

A document of moderation exists from its first change on; until then the room has what it began with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper, Machine
from liveroom.rooms.requests import Request
from liveroom.rooms.storage.documents import Cause

C = TypeVar("C")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Order(Generic[C]):
    """A command, and for the file who gives it and what it is called."""

    room: str
    command: C
    who: str
    role: Role
    name: str


def order_of(room: str, request: Request, command: C) -> Order[C]:
    """What a request of the staff wants."""
    return Order(room, command, request.identity.user_id, request.role, request.declared.name)


async def carry_out(keeper: Keeper, machine: Machine[S], order: Order[C]) -> S:
    """Apply an order to the document of its room, which is made when there is none.

    Raises:
        RealtimeError: as `Keeper.carry_out`.
    """
    cause = Cause(order.who, order.name)
    try:
        return await keeper.carry_out(machine, order.room, order, cause)
    except Refusal as refused:
        if refused.code != ErrorCode.NOT_FOUND:
            raise
    try:
        return await keeper.create(machine, order.room, order, cause)
    except Refusal as refused:
        if refused.code != ErrorCode.WRONG_STATE:
            raise
    # Somebody else made it in between.
    return await keeper.carry_out(machine, order.room, order, cause)
