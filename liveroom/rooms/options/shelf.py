"""The section `[shelf]` of a scene."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model

MOST_PRODUCTS = 100


class ShelfOptions(Model):
    """The shelf of a scene."""

    on: Annotated[bool, Field(description="products can be shown")] = True
    most: Annotated[int, Field(ge=1, le=MOST_PRODUCTS, description="products on it, hidden ones included")] = (
        MOST_PRODUCTS
    )
    low_at: Annotated[
        int, Field(ge=0, le=1_000, description="from so few pieces on, viewers read how many are left")
    ] = 10
    favourites: Annotated[bool, Field(description="viewers can tap their favourite")] = True
