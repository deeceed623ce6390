"""The two machines of a shelf as they are kept: one document for each product, one for what is explained.

Promise: a product's document is named by its room and its id, so the same id means another product in another room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Elapse, Machine, Step
from liveroom.rooms.machines.contract import ForRoom, ForServers, ForSome, Reader
from liveroom.rooms.messages.shelf import ShelfChanged
from liveroom.rooms.rules import explaining, products
from liveroom.rooms.rules.explaining import ShelfState
from liveroom.rooms.rules.product_state import OFF, ON, REMOVED, ProductState, Put
from liveroom.rooms.storage.places import Places

Told = Sequence[ForRoom | ForSome | ForServers]


def document_id(room: str, product: str) -> str:
    """The id of a product's document; no name of a room has a slash in it."""
    return f"{room}/{product}"


def places_of(command: Put) -> Places:
    """The places on a shelf; hidden products take one too."""
    text = f"the shelf of this room takes {command.most} products"
    refusal = Refusal(ErrorCode.OVERLOADED, text, room=command.room)
    return Places(PRODUCT.kind, command.room, (ON.value, OFF.value), command.most, refusal, is_timed=False)


def _read_place(state: ProductState, command: Any, now_ms: int) -> Reader | None:
    """A product that was removed takes a place again."""
    if not isinstance(command, Put) or state.status is not REMOVED:
        return None

    async def read(connection: AsyncConnection) -> Put:
        await places_of(command).require(connection, coming=1)
        return command

    return read


def _apply_product(state: ProductState | None, command: Any, now_ms: int) -> Step[ProductState]:
    if isinstance(command, Elapse) and state is not None:
        return Step(state)
    after, told = products.apply(state, command, now_ms)
    return Step(after, _for_room(after.room, told))


def _apply_shelf(state: ShelfState | None, command: Any, now_ms: int) -> Step[ShelfState]:
    if isinstance(command, Elapse) and state is not None:
        return Step(state)
    after, told = explaining.apply(state, command, now_ms)
    return Step(after, [*_for_room(after.room, told), *_for_servers(after.room, told)])


def _for_room(room: str, told: Model | None) -> Told:
    return [] if told is None else [ForRoom(room, told)]


def _for_servers(room: str, told: ShelfChanged | None) -> Told:
    if told is None or told.shelf.product is None:
        return []
    shelf = told.shelf
    return [
        ForServers(room, "product.explained", {"product": shelf.product, "show_id": shelf.show_id, "at": shelf.since})
    ]


PRODUCT: Machine[ProductState] = Machine(
    "product", TypeAdapter(ProductState), _apply_product, lambda state: None, lambda state: state.room, _read_place
)
SHELF: Machine[ShelfState] = Machine(
    "shelf", TypeAdapter(ShelfState), _apply_shelf, lambda state: None, lambda state: state.room
)
