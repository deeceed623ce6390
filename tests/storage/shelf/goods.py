"""What is sold in these tests."""

from __future__ import annotations

from typing import Any

from tests.storage.house import House

DRESS: dict[str, Any] = {
    "title": "碎花裙",
    "variants": [
        {"id": "m", "name": "M 码", "price": 12_900, "left": 40},
        {"id": "l", "name": "L 码", "price": 12_900, "was": 15_900, "left": 3},
    ],
    "facts": [{"topic": "材质", "text": "百分百纯棉。", "words": ["料子"]}],
}


async def put(house: House, product: str = "dress", **changes: Any) -> dict[str, Any]:
    """Put a product on the shelf; gives its view."""
    answer = await house.order("product.put", product=product, content=DRESS | changes)
    view: dict[str, Any] = answer["product"]
    return view
