"""Puts products on shelves, changes them, and says which one is explained.

Promise: what a command changed is stored and told together; a product that is hidden or taken away is not explained any
more. A shelf is bounded by its scene.
"""

from __future__ import annotations

from collections.abc import Sequence

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.shelf import ProductContent
from liveroom.rooms.room import Room
from liveroom.rooms.rules import lifecycle
from liveroom.rooms.rules.explaining import EXPLAINING, Close, Explain, Rest, ShelfState
from liveroom.rooms.rules.explaining import Command as ShelfCommand
from liveroom.rooms.rules.product_state import ON, REMOVED, Command, Hide, ProductState, Put, Remove
from liveroom.rooms.shelf.machines import PRODUCT, SHELF, document_id, places_of
from liveroom.rooms.shelf.reading import list_products
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.store import RoomStore


class Shelves:
    """See the module.

    Args:
        currency: of prices, where the shop names none.
    """

    def __init__(self, keeper: Keeper, database: Database, rooms: RoomStore, currency: str) -> None:
        self._keeper = keeper
        self._rooms = rooms
        self._database = database
        self._currency = currency

    async def put(self, room: Room, product: str, content: ProductContent, cause: Cause) -> ProductState:
        """Put a product on the shelf, or replace all of it.

        Raises:
            Refusal: `wrong_state`, the scene has no shelf; `overloaded`, it is full; `invalid_field`.
        """
        require_shelf(room)
        options = room.scene.shelf
        command = Put(room.id, product, content, content.currency or self._currency, options.low_at, options.most)
        name = document_id(room.id, product)
        if await self._keeper.load(PRODUCT, name) is None:
            return await self._create(name, command, cause)
        return await self._keeper.carry_out(PRODUCT, name, command, cause)

    async def change(self, room: Room, product: str, command: Command, cause: Cause) -> ProductState:
        """Change a product that is there.

        Raises:
            Refusal: `not_found`; `wrong_state`; `invalid_field`.
        """
        require_shelf(room)
        after = await self._keeper.carry_out(PRODUCT, document_id(room.id, product), command, cause)
        if isinstance(command, Hide | Remove):
            await self._settle(room.id, Rest(product), cause)
        return after

    async def explain(self, room: Room, product: str, cause: Cause) -> ShelfState:
        """This product is explained from now on.

        Raises:
            Refusal: `room_not_open`; `not_found`, it is not on the shelf; `unavailable`, another show began meanwhile.
        """
        require_shelf(room)
        lifecycle.require_open(room.document)
        await self._require_shown(room.id, product)
        show = room.document.show
        command = Explain(room.id, product, show.id if show else None)
        shelf = await self._explain(command, cause)
        # Who hid it, or ended the show, before this was stored found nothing explained that was to be ended.
        try:
            await self._require_shown(room.id, product)
        except Refusal:
            await self._settle(room.id, Rest(product), cause)
            raise
        await self._require_show(command, cause)
        return shelf

    async def rest(self, room: Room, product: str, cause: Cause) -> ShelfState:
        """It is explained no more.

        Raises:
            Refusal: `not_found`, nothing was ever explained here.
        """
        return await self._keeper.carry_out(SHELF, room.id, Rest(product), cause)

    async def close(self, room: str, show: str | None, cause: Cause) -> None:
        """A show is over: what was explained in it is explained no more, unless it belongs to `show`."""
        await self._settle(room, Close(show), cause)

    async def list(self, room: str) -> Sequence[ProductState]:
        """The products of a room, those that viewers do not see too; removed ones are left out."""
        found = await list_products(self._database, room)
        return [state for state in found if state.status is not REMOVED]

    async def read(self, room: str, product: str) -> ProductState:
        """One product.

        Raises:
            Refusal: `not_found`.
        """
        found = await self._keeper.load(PRODUCT, document_id(room, product))
        if found is None or found.status is REMOVED:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no product of this id on the shelf", field="product")
        return found

    async def shelf(self, room: str) -> ShelfState | None:
        """What is explained; None: nothing ever was."""
        return await self._keeper.load(SHELF, room)

    async def _create(self, name: str, command: Put, cause: Cause) -> ProductState:
        try:
            return await self._keeper.create(PRODUCT, name, command, cause, places_of(command))
        except Refusal as refused:
            if refused.code != ErrorCode.WRONG_STATE:
                raise
        return await self._keeper.carry_out(PRODUCT, name, command, cause)

    async def _explain(self, command: Explain, cause: Cause) -> ShelfState:
        if await self._keeper.load(SHELF, command.room) is None:
            try:
                return await self._keeper.create(SHELF, command.room, command, cause)
            except Refusal as refused:
                if refused.code != ErrorCode.WRONG_STATE:
                    raise
        return await self._keeper.carry_out(SHELF, command.room, command, cause)

    async def _require_shown(self, room: str, product: str) -> None:
        known = await self._keeper.load(PRODUCT, document_id(room, product))
        if known is None or known.status is not ON:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no product of this id on the shelf", field="product")

    async def _require_show(self, explained: Explain, cause: Cause) -> None:
        room = await self._rooms.load(explained.room)
        show = room.show.id if room is not None and room.show is not None else None
        if room is None or explained.show in (None, show):
            return
        await self._settle(explained.room, Close(show), cause)
        lifecycle.require_open(room)
        raise Refusal(ErrorCode.UNAVAILABLE, "another show began just now; try again", room=explained.room)

    async def _settle(self, room: str, command: ShelfCommand, cause: Cause) -> None:
        shelf = await self._keeper.load(SHELF, room)
        if shelf is not None and shelf.status is EXPLAINING:
            await self._keeper.carry_out(SHELF, room, command, cause)


def require_shelf(room: Room) -> None:
    """Check that the scene has a shelf.

    Raises:
        Refusal: `wrong_state`, off.
    """
    if not room.scene.shelf.on:
        text = f"the scene {room.scene.name} has no shelf (section [shelf])"
        raise Refusal(ErrorCode.WRONG_STATE, text, room=room.id, state="off")
