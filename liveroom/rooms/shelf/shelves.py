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
from liveroom.rooms.shelf.machines import PRODUCT, SHELF, document_id
from liveroom.rooms.shelf.reading import list_products
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Cause


class Shelves:
    """See the module.

    Args:
        currency: of prices, where the shop names none.
    """

    def __init__(self, keeper: Keeper, database: Database, currency: str) -> None:
        self._keeper = keeper
        self._database = database
        self._currency = currency

    async def put(self, room: Room, product: str, content: ProductContent, cause: Cause) -> ProductState:
        """Put a product on the shelf, or replace all of it.

        Raises:
            Refusal: `wrong_state`, the scene has no shelf; `overloaded`, it is full; `invalid_field`.
        """
        require_shelf(room)
        options = room.scene.shelf
        command = Put(room.id, product, content, content.currency or self._currency, options.low_at)
        name = document_id(room.id, product)
        known = await self._keeper.load(PRODUCT, name)
        if known is None or known.status is REMOVED:
            await self._require_place(room.id, options.most)
        if known is not None:
            return await self._keeper.carry_out(PRODUCT, name, command, cause)
        return await self._create(name, command, cause)

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
            Refusal: `room_not_open`; `not_found`, it is not on the shelf.
        """
        require_shelf(room)
        lifecycle.require_open(room.document)
        known = await self._keeper.load(PRODUCT, document_id(room.id, product))
        if known is None or known.status is not ON:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no product of this id on the shelf", field="product")
        show = room.document.show
        command = Explain(room.id, product, show.id if show else None)
        if await self._keeper.load(SHELF, room.id) is None:
            try:
                return await self._keeper.create(SHELF, room.id, command, cause)
            except Refusal as refused:
                if refused.code != ErrorCode.WRONG_STATE:
                    raise
        return await self._keeper.carry_out(SHELF, room.id, command, cause)

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
            return await self._keeper.create(PRODUCT, name, command, cause)
        except Refusal as refused:
            if refused.code != ErrorCode.WRONG_STATE:
                raise
        return await self._keeper.carry_out(PRODUCT, name, command, cause)

    async def _settle(self, room: str, command: ShelfCommand, cause: Cause) -> None:
        shelf = await self._keeper.load(SHELF, room)
        if shelf is not None and shelf.status is EXPLAINING:
            await self._keeper.carry_out(SHELF, room, command, cause)

    async def _require_place(self, room: str, most: int) -> None:
        if len(await self.list(room)) >= most:
            raise Refusal(ErrorCode.OVERLOADED, f"the shelf of this room takes {most} products", room=room)


def require_shelf(room: Room) -> None:
    """Check that the scene has a shelf.

    Raises:
        Refusal: `wrong_state`, off.
    """
    if not room.scene.shelf.on:
        text = f"the scene {room.scene.name} has no shelf (section [shelf])"
        raise Refusal(ErrorCode.WRONG_STATE, text, room=room.id, state="off")
