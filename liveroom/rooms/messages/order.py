"""Orders of the shop (L26): recorded by the shop's server, shown in the room as its scene says.

Promise: what others see of an order never tells what it cost, and names nobody whom the scene does not name.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, event
from liveroom.rooms.messages.money import Amount, Currency
from liveroom.rooms.messages.people import Name, Person, UserId

MOST_ITEMS = 50
LINE_CHARS = 160
TITLE_CHARS = 80

OrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="number of the order in the shop")]
Mark = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$", description="in the shop's own words")]


class OrderStatus(StrEnum):
    """What the shop says of an order."""

    PAID = "paid"
    REFUNDED = "refunded"


class OrderItem(Model):
    """One line of an order."""

    product: Annotated[Mark, Field(description="id of the product in the shop")]
    title: Annotated[str, Field(min_length=1, max_length=TITLE_CHARS, description="name to show")]
    count: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    amount: Amount


class RecordOrder(Model):
    """An order, as the shop tells it. The same order and status is recorded once; a refund is for all of it."""

    order_id: OrderId
    user_id: UserId
    name: Annotated[Name | None, Field(description="how the room calls the buyer; absent: nobody is named")] = None
    items: Annotated[tuple[OrderItem, ...], Field(min_length=1, max_length=MOST_ITEMS, strict=False)]
    amount: Annotated[Amount, Field(description="what was paid for all of it, in minor units")]
    currency: Currency
    status: Annotated[OrderStatus, Field(strict=False)] = OrderStatus.PAID
    grant: Annotated[Mark | None, Field(description="coupon grant that was used")] = None
    source: Annotated[Mark | None, Field(description="where the buyer came from, in the shop's words")] = None
    campaign: Annotated[Mark | None, Field(description="campaign the order is counted for")] = None


class OrderLine(Model):
    """What the room reads, in each language of the scene."""

    zh: Annotated[str, Field(min_length=1, max_length=LINE_CHARS, description="in Chinese")]
    en: Annotated[str, Field(min_length=1, max_length=LINE_CHARS, description="in English")]


@event("order.recorded", delivery=Delivery.SEQUENCED)
class OrderRecorded(Model):
    """Somebody has bought something. Not told at all where the scene hides orders."""

    text: OrderLine
    by: Annotated[Person | None, Field(description="absent: the scene names nobody")] = None
    product: Annotated[Mark | None, Field(description="the first product, to show it")] = None
    count: Annotated[int, Field(ge=1, description="pieces in the order")]
