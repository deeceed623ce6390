"""Orders of the shop are recorded once, counted exactly, and told as the scene says."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.order import OrderItem, OrderStatus, RecordOrder
from liveroom.rooms.scene_files import parse_scene
from liveroom.rooms.storage.orders import Before, Orders
from liveroom.rooms.value.orders.recording import sales_scope, spent_scope
from tests.rooms.builders import SMALL_SCENE
from tests.storage.gifts.stall import ROOM, Stall

NAMED = """
[orders]
show = "name"
text = { zh = "{name} 买了 {product}", en = "{name} bought {product}" }
anonymous = { zh = "有人买了 {product}", en = "somebody bought {product}" }
"""


def order(number: str = "T-1", amount: int = 100, **changes: Any) -> RecordOrder:
    """An order."""
    told: dict[str, Any] = {
        "order_id": number,
        "user_id": "ann",
        "name": "Ann",
        "items": (OrderItem(product="p1", title="碎花裙", count=2, amount=amount),),
        "amount": amount,
        "currency": "CNY",
    }
    return RecordOrder(**told | changes)


async def record(stall: Stall, told: RecordOrder) -> dict[str, Any]:
    """What is answered, with `duplicate`."""
    answer = await stall.recorder.record(stall.room, told)
    said: dict[str, Any] = orjson.loads(answer.data)
    return said | {"duplicate": answer.duplicate}


async def test_an_order_is_recorded_once_and_counted_for_the_show_and_the_buyer(stall: Stall) -> None:
    first = await record(stall, order())
    assert first == {"order_id": "T-1", "status": "paid", "show_id": "show_1", "duplicate": False}
    assert await record(stall, order()) == first | {"duplicate": True}
    reader = Orders(stall.database)
    assert await reader.sums(spent_scope(ROOM)) == {"ann": 100}
    assert await reader.sums(sales_scope(ROOM, "show_1")) == {"orders": 1, "pieces": 2, "amount": 100}


async def test_the_same_number_with_another_amount_is_a_conflict(stall: Stall) -> None:
    await record(stall, order())
    with pytest.raises(Refusal) as refused:
        await record(stall, order(amount=200))
    assert refused.value.code == ErrorCode.KEY_CONFLICT


async def test_a_refund_takes_back_what_was_counted(stall: Stall) -> None:
    await record(stall, order("T-1"))
    await record(stall, order("T-2", 30))
    refund = order("T-1", status=OrderStatus.REFUNDED)
    assert (await record(stall, refund))["status"] == "refunded"
    assert (await record(stall, refund))["duplicate"]
    reader = Orders(stall.database)
    assert await reader.sums(spent_scope(ROOM)) == {"ann": 30}
    assert await reader.sums(sales_scope(ROOM, "show_1")) == {"orders": 1, "pieces": 2, "amount": 30}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (order("T-9", status=OrderStatus.REFUNDED), ErrorCode.NOT_FOUND),
        (order("T-1", 99, status=OrderStatus.REFUNDED), ErrorCode.INVALID_FIELD),
        (order("T-1", user_id="bob", status=OrderStatus.REFUNDED), ErrorCode.INVALID_FIELD),
        (order("T-2", currency="EUR"), ErrorCode.INVALID_FIELD),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(stall: Stall, told: RecordOrder, code: ErrorCode) -> None:
    await record(stall, order())
    with pytest.raises(Refusal) as refused:
        await record(stall, told)
    assert refused.value.code == code
    assert await Orders(stall.database).sums(spent_scope(ROOM)) == {"ann": 100}


async def test_paid_and_refunded_in_one_moment_end_at_nothing(stall: Stall) -> None:
    answers = await asyncio.gather(
        record(stall, order()), record(stall, order(status=OrderStatus.REFUNDED)), return_exceptions=True
    )
    assert [isinstance(answer, dict) for answer in answers] == [True, True]
    [kept] = await Orders(stall.database).page(ROOM, None, 10)
    assert kept.status is OrderStatus.REFUNDED
    assert (await Orders(stall.database).sums(spent_scope(ROOM))).get("ann", 0) == 0


async def test_the_room_hears_what_its_scene_says_and_never_an_amount(stall: Stall) -> None:
    await record(stall, order("T-1"))
    await stall.settle()
    assert stall.told("order.recorded") == [], "the small scene hides orders"
    stall.room.scene = parse_scene("small.toml", SMALL_SCENE + NAMED)
    await record(stall, order("T-2"))
    await record(stall, order("T-3", name=None))
    await stall.settle()
    named, unnamed = stall.told("order.recorded")
    assert named["text"] == {"zh": "Ann 买了 碎花裙", "en": "Ann bought 碎花裙"}
    assert (named["by"], named["product"], named["count"]) == ({"id": "ann", "name": "Ann"}, "p1", 2)
    assert (unnamed["text"]["en"], "by" in unnamed) == ("somebody bought 碎花裙", False)
    assert "100" not in orjson.dumps([named, unnamed]).decode()
    await record(stall, order("T-2", status=OrderStatus.REFUNDED))
    await stall.settle()
    assert len(stall.told("order.recorded")) == 2, "a refund is nobody's business"


async def test_servers_are_told_everything_the_shop_has_said(stall: Stall) -> None:
    await record(stall, order(grant="g1", source="ad-7", campaign="spring"))
    await stall.settle()
    [told] = stall.hooked("order.recorded")
    assert (told["order_id"], told["amount"], told["show_id"]) == ("T-1", 100, "show_1")
    assert (told["grant"], told["source"], told["campaign"]) == ("g1", "ad-7", "spring")


async def test_orders_outside_of_a_show_count_for_the_buyer_alone(stall: Stall) -> None:
    await stall.end_show()
    assert (await record(stall, order()))["show_id"] is None
    reader = Orders(stall.database)
    assert await reader.sums(spent_scope(ROOM)) == {"ann": 100}
    assert await reader.sums(sales_scope(ROOM, "show_1")) == {}


async def test_pages_go_on_where_the_one_before_ended(stall: Stall) -> None:
    for number in range(7):
        await record(stall, order(f"T-{number}"))
        stall.clock.advance(1 if number % 2 else 0)
    reader, seen, before = Orders(stall.database), list[str](), None
    while page := await reader.page(ROOM, "show_1", 3, before):
        seen += [each.id for each in page]
        before = Before(page[-1].paid_at_ms, page[-1].id)
    assert seen == [f"T-{number}" for number in reversed(range(7))]
    assert page == []


async def test_a_title_that_no_database_takes_is_cleaned(stall: Stall) -> None:
    items = (OrderItem(product="p1", title="a\x00b\u202e", amount=1),)
    await record(stall, order(items=items))
    [kept] = await Orders(stall.database).page(ROOM, None, 10)
    assert kept.items[0].title == "ab"
    async with stall.database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM orders")) == 1
