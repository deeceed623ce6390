"""From commands about the shelf to its machines, or to a fact of the ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.counted_once import CountedOnce
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Answer, Fact
from liveroom.rooms.messages import shelf as messages
from liveroom.rooms.messages.favour import FavourProduct, OpenProduct
from liveroom.rooms.messages.shelf import ProductAck, ShelfAck
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import product_state as commands
from liveroom.rooms.rules.explaining import ShelfState
from liveroom.rooms.shelf.favouring import FAVOUR, favour_fact
from liveroom.rooms.shelf.looking import Looks
from liveroom.rooms.shelf.shelves import Shelves, require_shelf
from liveroom.rooms.storage.documents import Cause

DONE = Answer(b"")
REPEATED = Answer(b"", duplicate=True)


class ShelfHandlers:
    """See the module."""

    def __init__(self, shelves: Shelves, looks: Looks) -> None:
        self._shelves = shelves
        self._looks = looks
        self._opened = CountedOnce()

    def by_command(self) -> dict[str, DeskHandler]:
        """The handlers, for the desk."""
        changes = dict.fromkeys(("product.edit", "product.show", "product.hide", "product.remove"), self.change)
        return {
            "product.put": self.put,
            **changes,
            "shelf.explain": self.explain,
            "shelf.rest": self.rest,
            FAVOUR: self.favour,
            "product.open": self.open,
        }

    def put(self, room: Room, request: Request, now_ms: int) -> Awaitable[Model]:
        """`product.put`"""
        wanted = cast(messages.PutProduct, request.data)
        return _product(self._shelves.put(room, wanted.product, wanted.content, _cause(request)))

    def change(self, room: Room, request: Request, now_ms: int) -> Awaitable[Model]:
        """`product.edit`, `.show`, `.hide`, `.remove`"""
        product = cast(messages.OfProduct, request.data).product
        return _product(self._shelves.change(room, product, _command(request.data), _cause(request)))

    def explain(self, room: Room, request: Request, now_ms: int) -> Awaitable[Model]:
        """`shelf.explain`"""
        return _shelf(self._shelves.explain(room, _product_of(request), _cause(request)))

    def rest(self, room: Room, request: Request, now_ms: int) -> Awaitable[Model]:
        """`shelf.rest`"""
        return _shelf(self._shelves.rest(room, _product_of(request), _cause(request)))

    def favour(self, room: Room, request: Request, now_ms: int) -> Fact:
        """`product.favour`; only whether there can be a favourite at all is known here, the rest is the ledger's."""
        wanted = cast(FavourProduct, request.data)
        require_shelf(room)
        if not room.scene.shelf.favourites:
            text = f"the scene {room.scene.name} has no favourites (section [shelf])"
            raise Refusal(ErrorCode.WRONG_STATE, text, room=room.id, state="off")
        if room.document.show is None:
            text = "favourites are picked while the show is live"
            raise Refusal(ErrorCode.WRONG_STATE, text, room=room.id, state=room.document.status.value)
        show = room.document.show.id
        return favour_fact(room.id, show, request.identity.user_id, request.key or "", wanted.product, now_ms)

    def open(self, room: Room, request: Request, now_ms: int) -> Answer:
        """`product.open`"""
        if self._opened.is_repeat(room, request, now_ms):
            return REPEATED
        self._looks.add(room, cast(OpenProduct, request.data).product)
        return DONE


async def _product(changed: Awaitable[commands.ProductState]) -> Model:
    return ProductAck(product=(await changed).view())


async def _shelf(changed: Awaitable[ShelfState]) -> Model:
    return ShelfAck(shelf=(await changed).view())


def _cause(request: Request) -> Cause:
    return Cause(request.identity.user_id, request.declared.name)


def _product_of(request: Request) -> str:
    return cast(messages.OfProduct, request.data).product


def _command(data: Model) -> commands.Command:
    if isinstance(data, messages.EditProduct):
        return commands.Edit(data.title, data.picture, data.link, data.position, data.variants, data.facts)
    return PLAIN[type(data)]()


PLAIN: dict[type[Model], Callable[[], commands.Command]] = {
    messages.ShowProduct: commands.Show,
    messages.HideProduct: commands.Hide,
    messages.RemoveProduct: commands.Remove,
}
