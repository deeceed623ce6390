"""The shelf (L26): products with variants, prices, words about stock and facts; and the one being explained now.

Promise: `product.changed` carries all that viewers may know of a product with its version, so the newest one alone is
enough. How many pieces are left is told to viewers only when there are few.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from liveroom.realtime.catalogue import HOSTS, Delivery, Model, Rate, command, event
from liveroom.rooms.messages.money import Amount, Currency
from liveroom.rooms.messages.people import EpochMs, ItemId

SHELF_PACE = Rate(per_s=5, burst=50)
"""A shop's server may fill a shelf in one go."""
MOST_VARIANTS = 20
MOST_FACTS = 40
MOST_WORDS = 12
MOST_LEFT = 10_000_000
TITLE_CHARS = 80
NAME_CHARS = 40
FACT_CHARS = 400
WORD_CHARS = 20
LAST_POSITION = 9_999

ProductId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}$", description="id of the product, as in the orders of the shop"
    ),
]
VariantId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,32}$", description="id of the variant in its product")]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_CHARS, description="name to show")]
VariantName = Annotated[
    str, Field(min_length=1, max_length=NAME_CHARS, description="what tells it from the others, as size")
]
Left = Annotated[int, Field(ge=0, le=MOST_LEFT, description="pieces that can still be sold")]
Position = Annotated[int, Field(ge=0, le=LAST_POSITION, description="place on the shelf; of equal ones the id decides")]
Picture = Annotated[
    str,
    Field(
        pattern=r"^(https://[^\x00-\x20\x7f-\xa0<>\"'\\]{1,400}|/[A-Za-z0-9_.-][A-Za-z0-9_./-]{0,199})$",
        description="an https address, or a path on the page's own host",
    ),
]
Link = Annotated[
    str, Field(pattern=r"^https://[^\x00-\x20\x7f-\xa0<>\"'\\]{1,400}$", description="where it can be bought")
]
Version = Annotated[int, Field(ge=1, le=2**53 - 1, description="counts what viewers could see change; higher is newer")]


class StockWord(StrEnum):
    """What is said about the stock."""

    IN_STOCK = "in_stock"
    LOW = "low"
    SOLD_OUT = "sold_out"
    PREORDER = "preorder"


class Variant(Model):
    """One way to buy a product, as the shop gives it."""

    id: VariantId
    name: VariantName
    price: Amount
    was: Annotated[Amount | None, Field(description="price that is struck through")] = None
    stock: Annotated[
        StockWord | None,
        Field(strict=False, description="absent: follows `left`, or in stock where nothing is counted"),
    ] = None
    left: Left | None = None


class ProductFact(Model):
    """Something true about a product; answers to viewers are made from these."""

    topic: Annotated[str, Field(min_length=1, max_length=NAME_CHARS, description="what it is about, as `material`")]
    text: Annotated[str, Field(min_length=1, max_length=FACT_CHARS, description="the answer, in a sentence or two")]
    words: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=WORD_CHARS)], ...],
        Field(max_length=MOST_WORDS, strict=False, description="words by which people ask for it"),
    ] = ()


class ProductContent(Model):
    """A product as the shop gives it."""

    title: Title
    currency: Annotated[Currency | None, Field(description="of its prices; absent: that of the server's orders")] = None
    picture: Picture | None = None
    link: Link | None = None
    position: Position = 0
    variants: Annotated[
        tuple[Variant, ...],
        Field(min_length=1, max_length=MOST_VARIANTS, strict=False, description="ways to buy it, in order"),
    ]
    facts: Annotated[
        tuple[ProductFact, ...], Field(max_length=MOST_FACTS, strict=False, description="what is true about it")
    ] = ()


class ProductStatus(StrEnum):
    """Where a product is."""

    ON = "on"
    OFF = "off"
    REMOVED = "removed"


class VariantView(Model):
    """One way to buy a product, as everybody sees it."""

    id: VariantId
    name: VariantName
    price: Amount
    was: Annotated[Amount | None, Field(description="price that is struck through")] = None
    stock: StockWord
    left: Annotated[Left | None, Field(description="told only when few are left")] = None


class ProductView(Model):
    """A product as everybody sees it; its facts are under `GET /api/v1/rooms/{room}/shelf/{product}`."""

    id: ProductId
    status: ProductStatus
    title: Title
    currency: Currency
    picture: Picture | None = None
    link: Link | None = None
    position: Position
    variants: Annotated[
        tuple[VariantView, ...], Field(max_length=MOST_VARIANTS, strict=False, description="ways to buy it, in order")
    ]
    version: Version


class ProductChange(StrEnum):
    """What has changed."""

    SHOWN = "shown"
    EDITED = "edited"
    PRICE = "price"
    STOCK = "stock"
    HIDDEN = "hidden"
    REMOVED = "removed"


class ProductAck(Model):
    """The product after the command, as everybody sees it."""

    product: ProductView


class OfProduct(Model):
    """Something about one product."""

    product: ProductId


@command("product.put", roles=HOSTS, rate=SHELF_PACE, ack=ProductAck)
class PutProduct(OfProduct):
    """Put a product on the shelf, or replace all of it."""

    content: ProductContent


class VariantChange(Model):
    """What to change in a variant; an absent field stays."""

    id: VariantId
    name: VariantName | None = None
    price: Amount | None = None
    was: Annotated[Amount | None, Field(description="0: nothing is struck through any more")] = None
    stock: Annotated[StockWord | None, Field(strict=False, description="word for where nothing is counted")] = None
    left: Left | None = None


class ProductEdit(Model):
    """What to change; an absent field stays."""

    title: Title | None = None
    picture: Picture | None = None
    link: Link | None = None
    position: Position | None = None
    variants: Annotated[
        tuple[VariantChange, ...], Field(max_length=MOST_VARIANTS, strict=False, description="by id; others stay")
    ] = ()
    facts: Annotated[
        tuple[ProductFact, ...] | None, Field(max_length=MOST_FACTS, strict=False, description="all of them anew")
    ] = None


@command("product.edit", roles=HOSTS, rate=SHELF_PACE, ack=ProductAck)
class EditProduct(ProductEdit, OfProduct):
    """Change a price, the stock or a text."""


@command("product.show", roles=HOSTS, rate=SHELF_PACE, ack=ProductAck)
class ShowProduct(OfProduct):
    """Let viewers see it."""


@command("product.hide", roles=HOSTS, rate=SHELF_PACE, ack=ProductAck)
class HideProduct(OfProduct):
    """Keep it, but let nobody see it."""


@command("product.remove", roles=HOSTS, rate=SHELF_PACE, ack=ProductAck)
class RemoveProduct(OfProduct):
    """Take it off the shelf; the same id can be put there again."""


@event("product.changed", delivery=Delivery.SEQUENCED)
class ProductChanged(Model):
    """A product is another now. One that is hidden or removed leaves the snapshot."""

    change: ProductChange
    product: ProductView


class ShelfStatus(StrEnum):
    """Whether a product is being explained."""

    QUIET = "quiet"
    EXPLAINING = "explaining"


class ShelfView(Model):
    """What is being explained now."""

    id: Annotated[Literal["shelf"], Field(description="there is one in a room")]
    status: ShelfStatus
    product: ProductId | None = None
    show_id: Annotated[ItemId | None, Field(description="the show it was said in; absent: none ran")] = None
    since: Annotated[EpochMs | None, Field(description="epoch ms")] = None
    version: Version


class ShelfAck(Model):
    """What is being explained after the command."""

    shelf: ShelfView


@command("shelf.explain", roles=HOSTS, rate=Rate(per_s=2, burst=10), ack=ShelfAck)
class ExplainProduct(OfProduct):
    """From now on this one is explained, until another is or it is over."""


@command("shelf.rest", roles=HOSTS, rate=Rate(per_s=2, burst=10), ack=ShelfAck)
class RestShelf(OfProduct):
    """It is explained no more; nothing happens when another one is by now."""


@event("shelf.changed", delivery=Delivery.SEQUENCED)
class ShelfChanged(Model):
    """Another product is explained now, or none."""

    shelf: ShelfView
