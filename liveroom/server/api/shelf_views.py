"""What the HTTP routes show of a shelf."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.people import Count
from liveroom.rooms.messages.shelf import ProductContent, ProductFact, ProductId, ProductStatus, ProductView, ShelfView
from liveroom.rooms.rules.product_state import ProductState
from liveroom.rooms.shelf.tallies import ShelfTally


class ShelfContent(Model):
    """What viewers see."""

    products: Annotated[list[ProductView], Field(description="in the order of the shelf")]
    shelf: Annotated[ShelfView | None, Field(description="what is explained now; null: nothing")] = None


class ProductDetails(Model):
    """A product with what is true about it."""

    product: ProductView
    facts: list[ProductFact]


class ProductReport(Model):
    """A product as the shop gave it, and what has become of it."""

    id: ProductId
    status: ProductStatus
    content: ProductContent
    looks: Annotated[Count, Field(description="looked at in this room, ever")]
    favourites: Annotated[Count, Field(description="people whose favourite it is in the show that runs")]
    sold: Annotated[int, Field(description="pieces ordered in this room, refunds taken off")]


class ProductList(Model):
    """The products of a room, by id."""

    products: list[ProductReport]


def report_product(state: ProductState, tally: ShelfTally) -> ProductReport:
    """One line of the list."""
    return ProductReport(
        id=state.id,
        status=state.status,
        content=state.content,
        looks=tally.looks.get(state.id, 0),
        favourites=tally.favourites.get(state.id, 0),
        sold=tally.sold.get(state.id, 0),
    )
