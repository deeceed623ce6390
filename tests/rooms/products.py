"""Products and shelves as tests need them."""

from __future__ import annotations

from typing import Any

from liveroom.rooms.messages.shelf import ProductContent, ProductFact, Variant
from liveroom.rooms.rules import products
from liveroom.rooms.rules.product_state import ProductState, Put
from tests.rooms.builders import NOW

RED = Variant(id="red", name="红色", price=12_900, left=500)
BLUE = Variant(id="blue", name="蓝色", price=12_900, was=15_900, left=3)
FACT = ProductFact(topic="材质", text="百分百纯棉。", words=("料子", "棉"))


def make_content(**changes: Any) -> ProductContent:
    """A dress in two colours."""
    given: dict[str, Any] = {"title": "碎花裙", "variants": (RED, BLUE), "facts": (FACT,)}
    return ProductContent(**given | changes)


def make_put(**changes: Any) -> Put:
    """The command that puts it on the shelf of `demo`."""
    return Put("demo", "dress", make_content(**changes), "CNY", 10, 100)


def make_product(**changes: Any) -> ProductState:
    """It is on the shelf."""
    state, _ = products.apply(None, make_put(**changes), NOW)
    return state
