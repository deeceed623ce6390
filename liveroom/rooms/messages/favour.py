"""Picking a favourite and looking at products (L26).

Promise: a viewer has one favourite in a show and may change it; the tally is absolute and counts people, not taps.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.people import Count, ItemId
from liveroom.rooms.messages.shelf import ProductId, VariantId

PICKERS = frozenset({Role.VIEWER, Role.MODERATOR})
"""No guests: whoever likes can be a thousand of them."""
MOST_TOLD = 100


class FavourAck(Model):
    """What the tap came to."""

    product: ProductId
    favourites: Annotated[Count, Field(description="people in this show whose favourite it is now")]


@command("product.favour", roles=PICKERS, rate=Rate(per_s=1, burst=5), ack=FavourAck)
class FavourProduct(Model):
    """This one is my favourite. Needs a key. Another tap moves the favourite."""

    product: ProductId


@event("favourites", delivery=Delivery.LATEST)
class FavouritesCounted(Model):
    """How many people have picked which product in the show."""

    show_id: ItemId
    products: Annotated[dict[ProductId, Count], Field(max_length=MOST_TOLD, description="people, by product")]


@command("product.open", rate=Rate(per_s=2, burst=10))
class OpenProduct(Model):
    """Tell that I look at a product, or go to the shop with it; it is counted for the host."""

    product: ProductId
    variant: VariantId | None = None
