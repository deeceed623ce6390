"""What a product on the shelf is, and what can be asked of it: the state and the commands of `products.py`.

Promise: the state is the whole document; `view` is what everybody may know: exact stock only when there is little.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveroom.rooms.messages.shelf import (
    ProductContent,
    ProductStatus,
    ProductView,
    StockWord,
    Variant,
    VariantChange,
    VariantView,
)
from liveroom.rooms.messages.shelf import ProductFact as Fact

ON, OFF, REMOVED = ProductStatus.ON, ProductStatus.OFF, ProductStatus.REMOVED


@dataclass(frozen=True, slots=True)
class ProductState:
    """The document of a product.

    Args:
        content: as the shop gave it, its texts cleaned.
        currency: of its prices.
        low_at: from so many pieces down, viewers are told how many are left.
        version: counts what viewers could see change.
        edits: counts all changes; so two states that look the same to viewers are not taken for one.
    """

    id: str
    room: str
    status: ProductStatus
    content: ProductContent
    currency: str
    low_at: int
    version: int = 1
    edits: int = 1

    def view(self) -> ProductView:
        """What everybody may know."""
        content = self.content
        return ProductView(
            id=self.id,
            status=self.status,
            title=content.title,
            currency=self.currency,
            picture=content.picture,
            link=content.link,
            position=content.position,
            variants=tuple(_view(variant, self.low_at) for variant in content.variants),
            version=self.version,
        )


@dataclass(frozen=True, slots=True)
class Put:
    """Put it on the shelf, or replace all of it. `most`: products that the shelf takes."""

    room: str
    product: str
    content: ProductContent
    currency: str
    low_at: int
    most: int


@dataclass(frozen=True, slots=True)
class Edit:
    """What to change; None leaves it."""

    title: str | None = None
    picture: str | None = None
    link: str | None = None
    position: int | None = None
    variants: tuple[VariantChange, ...] = ()
    facts: tuple[Fact, ...] | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """Let viewers see it."""


@dataclass(frozen=True, slots=True)
class Hide:
    """Let nobody see it."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Take it off the shelf."""


Command = Put | Edit | Show | Hide | Remove


def stock_of(variant: Variant, low_at: int) -> StockWord:
    """The word about a variant's stock: what is counted decides, unless it can be ordered ahead anyway."""
    if variant.left is None or variant.stock is StockWord.PREORDER:
        return variant.stock or StockWord.IN_STOCK
    if not variant.left:
        return StockWord.SOLD_OUT
    return StockWord.LOW if variant.left <= low_at else StockWord.IN_STOCK


def _view(variant: Variant, low_at: int) -> VariantView:
    stock = stock_of(variant, low_at)
    return VariantView(
        id=variant.id,
        name=variant.name,
        price=variant.price,
        was=variant.was,
        stock=stock,
        left=variant.left if stock is StockWord.LOW else None,
    )
