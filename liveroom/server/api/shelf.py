"""The shelf over HTTP: for the shop's server all of it, for people what their role may do on the socket."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.identity import Identity
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages import shelf as messages
from liveroom.rooms.messages.favour import FavourAck, FavourProduct
from liveroom.rooms.messages.shelf import (
    ProductAck,
    ProductContent,
    ProductEdit,
    ProductId,
    ProductView,
    ShelfAck,
    ShelfView,
)
from liveroom.rooms.rules.product_state import ON
from liveroom.rooms.shelf.looking import look_fact
from liveroom.server.api.access import DOCUMENTED, Caller, IdempotencyKey, NodeOf, Operator, RoomName
from liveroom.server.api.errors import WITH_BODY, refusals
from liveroom.server.api.keys import make_key
from liveroom.server.api.shelf_views import ProductDetails, ProductList, ShelfContent, report_product
from liveroom.server.api.staff import require_role
from liveroom.server.node import Node

router = APIRouter(prefix="/api/v1/rooms/{room}", tags=["shelf"], dependencies=DOCUMENTED)

COMMAND = refusals(404, 409, 429, *WITH_BODY)
DRESS = {
    "title": "碎花裙",
    "variants": [{"id": "m", "name": "M 码", "price": 12900, "was": 15900, "left": 40}],
    "facts": [{"topic": "材质", "text": "百分百纯棉，不起球。", "words": ["料子", "棉"]}],
}
Content = Annotated[ProductContent, Body(examples=[DRESS])]
Change = Annotated[ProductEdit, Body(examples=[{"variants": [{"id": "m", "price": 9900, "left": 12}]}])]


class Looked(Model):
    """Looks at a product that the shop has counted itself."""

    count: Annotated[int, Field(ge=1, le=1_000_000, description="how often since the last call")] = 1


Looks = Annotated[Looked, Body(examples=[{"count": 12}])]


@router.get("/shelf", responses=refusals(404))
async def read_shelf(room: RoomName, node: NodeOf, caller: Caller) -> ShelfContent:
    """What viewers see on the shelf."""
    opened = await node.rooms.room(room)
    node.rooms.admit(opened, caller)
    parts = opened.snapshot.parts
    products = [ProductView.model_validate(view, strict=False) for view in parts.get("products", {}).values()]
    products.sort(key=lambda product: (product.position, product.id))
    explained = parts.get("shelf", {}).get("shelf")
    shelf = ShelfView.model_validate(explained, strict=False) if explained is not None else None
    return ShelfContent(products=products, shelf=shelf)


@router.get("/products", responses=refusals(404))
async def list_products(room: RoomName, node: NodeOf, caller: Caller) -> ProductList:
    """All products, hidden ones too, with exact stock and what became of them; for the room's staff."""
    opened = await node.rooms.room(room)
    require_role(caller, room)
    show = opened.document.show
    tally = await node.value.shelf.tallies.read(room, show.id if show else None)
    found = await node.value.shelf.shelves.list(room)
    return ProductList(products=[report_product(state, tally) for state in found])


@router.get("/shelf/{product}", responses=refusals(404))
async def read_product(room: RoomName, product: ProductId, node: NodeOf, caller: Caller) -> ProductDetails:
    """One product of the shelf with its facts."""
    node.rooms.admit(await node.rooms.room(room), caller)
    state = await node.value.shelf.shelves.read(room, product)
    if state.status is not ON:
        require_role(caller, room)
    return ProductDetails(product=state.view(), facts=list(state.content.facts))


@router.put("/shelf/{product}", responses=COMMAND)
async def put_product(
    room: RoomName,
    product: ProductId,
    content: Content,
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> ProductAck:
    """Put a product on the shelf, or replace all of it."""
    wanted = messages.PutProduct(product=product, content=content)
    return await _change(node, caller, room, "product.put", wanted, idempotency_key)


@router.patch("/shelf/{product}", responses=COMMAND)
async def edit_product(
    room: RoomName,
    product: ProductId,
    change: Change,
    node: NodeOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> ProductAck:
    """Change a price, the stock or a text; an absent field stays. Viewers are told at once what they can see of it."""
    wanted = messages.EditProduct(product=product, **dict(change))
    return await _change(node, caller, room, "product.edit", wanted, idempotency_key)


@router.delete("/shelf/{product}", responses=COMMAND)
async def remove_product(
    room: RoomName, product: ProductId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> ProductAck:
    """Take a product off the shelf; the same id can be put there again."""
    wanted = messages.RemoveProduct(product=product)
    return await _change(node, caller, room, "product.remove", wanted, idempotency_key)


@router.post("/shelf/{product}/show", responses=COMMAND)
async def show_product(
    room: RoomName, product: ProductId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> ProductAck:
    """Let viewers see it."""
    return await _change(node, caller, room, "product.show", messages.ShowProduct(product=product), idempotency_key)


@router.post("/shelf/{product}/hide", responses=COMMAND)
async def hide_product(
    room: RoomName, product: ProductId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> ProductAck:
    """Keep it, but let nobody see it."""
    return await _change(node, caller, room, "product.hide", messages.HideProduct(product=product), idempotency_key)


@router.post("/shelf/{product}/explain", responses=COMMAND)
async def explain_product(
    room: RoomName, product: ProductId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> ShelfAck:
    """From now on this one is explained."""
    wanted = messages.ExplainProduct(product=product)
    answer = await node.rooms.call(caller, room, "shelf.explain", wanted, idempotency_key or make_key())
    return ShelfAck.model_validate_json(answer.data)


@router.post("/shelf/{product}/rest", responses=COMMAND)
async def rest_shelf(
    room: RoomName, product: ProductId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> ShelfAck:
    """It is explained no more."""
    wanted = messages.RestShelf(product=product)
    answer = await node.rooms.call(caller, room, "shelf.rest", wanted, idempotency_key or make_key())
    return ShelfAck.model_validate_json(answer.data)


@router.post("/shelf/{product}/favour", responses=COMMAND)
async def favour_product(
    room: RoomName, product: ProductId, node: NodeOf, caller: Caller, idempotency_key: IdempotencyKey = None
) -> FavourAck:
    """Pick it as the caller's favourite of the show."""
    wanted = FavourProduct(product=product)
    answer = await node.rooms.call(caller, room, "product.favour", wanted, idempotency_key or make_key())
    return FavourAck.model_validate_json(answer.data)


@router.post("/shelf/{product}/looks", status_code=204, responses=COMMAND)
async def count_looks(
    room: RoomName,
    product: ProductId,
    looked: Looks,
    node: NodeOf,
    caller: Operator,
    idempotency_key: IdempotencyKey = None,
) -> None:
    """Add looks that the shop has counted on its own pages."""
    await node.value.shelf.shelves.read(room, product)
    if idempotency_key is None:
        text = "looks need an `Idempotency-Key`, so that they count once"
        raise Refusal(ErrorCode.INVALID_FIELD, text, field="Idempotency-Key")
    fact = look_fact(room, caller.user_id, idempotency_key, product, looked.count, node.clock.now_ms())
    await node.storage.ledger.write(fact)


async def _change(
    node: Node, caller: Identity, room: str, type_: str, wanted: messages.OfProduct, key: str | None
) -> ProductAck:
    answer = await node.rooms.call(caller, room, type_, wanted, key or make_key())
    return ProductAck.model_validate_json(answer.data)
