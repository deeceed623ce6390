"""Favourites and looks: a person counts once in a show, whatever is tapped, and what was gathered is written once."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms import counted_once
from liveroom.rooms.errors import DatabaseUnavailable, Refusal
from liveroom.rooms.messages.order import OrderItem, OrderStatus, RecordOrder
from liveroom.rooms.shelf.looking import look_fact
from liveroom.rooms.storage.lifetimes import DAY_MS
from liveroom.rooms.storage.passing import Passing
from tests.storage.house import ROOM, House, make_person
from tests.storage.shelf.goods import put
from tests.support.clock import FakeClock

PRODUCTS = ("dress", "hat", "shoes")


async def fill(house: House) -> None:
    for product in PRODUCTS:
        await put(house, product)


async def favour(house: House, user: str, product: str, key: str | None = None) -> dict[str, Any]:
    return await house.call(make_person(user), "product.favour", key, product=product)


async def test_each_person_counts_once_and_moves_with_another_tap(house: House) -> None:
    await fill(house)
    assert await favour(house, "ann", "dress") == {"product": "dress", "favourites": 1}
    assert await favour(house, "bob", "dress") == {"product": "dress", "favourites": 2}
    assert await favour(house, "ann", "dress") == {"product": "dress", "favourites": 2}
    assert await favour(house, "ann", "hat") == {"product": "hat", "favourites": 1}
    assert (await house.latest("favourites"))["products"] == {"dress": 1, "hat": 1}


async def test_a_repeat_of_a_tap_after_a_restart_is_answered_as_before(
    house: House, url: str, tmp_path: Path, clock: FakeClock
) -> None:
    await fill(house)
    await favour(house, "ann", "dress", "once")
    await favour(house, "ann", "hat")
    again = House(url, tmp_path / "data", clock)
    await again.open()
    try:
        assert await again.latest("favourites") == await house.latest("favourites")
        assert (await favour(again, "ann", "dress", "once"))["duplicate"]
        assert (await again.latest("favourites"))["products"] == {"hat": 1}
    finally:
        await again.close()


async def test_any_taps_at_once_come_to_the_last_one_of_each_person(house: House, clock: FakeClock) -> None:
    await fill(house)
    chance = random.Random(7)
    taps = [(f"u{chance.randrange(12)}", chance.choice(PRODUCTS)) for _ in range(48)]
    for at in range(0, len(taps), 12):
        clock.advance(10_000)  # nobody is held back by the rate
        await asyncio.gather(*(favour(house, *tap) for tap in taps[at : at + 12]))
    last = dict(taps)
    tally = {product: list(last.values()).count(product) for product in PRODUCTS}
    assert (await house.latest("favourites"))["products"] == {name: count for name, count in tally.items() if count}


async def test_the_next_show_begins_at_nothing(house: House, clock: FakeClock) -> None:
    await fill(house)
    await favour(house, "ann", "dress")
    await house.order("room.end")
    with pytest.raises(Refusal) as refused:
        await favour(house, "ann", "hat")
    assert refused.value.code == ErrorCode.WRONG_STATE
    clock.advance(1_000)
    await house.order("room.go_live")
    assert await favour(house, "bob", "hat") == {"product": "hat", "favourites": 1}
    assert (await house.latest("favourites"))["products"] == {"hat": 1}


async def test_in_a_show_that_outlives_the_facts_a_tap_counts_again_and_none_is_taken_twice(
    house: House, clock: FakeClock
) -> None:
    """A room that never closes: whose favourite was what is known for 400 days."""
    await fill(house)
    await favour(house, "ann", "dress")
    passing = Passing(house.node.storage.database, DAY_MS)
    assert await passing.forget_facts("product.favour", clock.now_ms() + 400 * DAY_MS, 10) == 0
    assert await passing.forget_facts("product.favour", clock.now_ms() + 400 * DAY_MS + 1, 10) == 1
    await favour(house, "ann", "hat")
    assert await favour(house, "ann", "shoes") == {"product": "shoes", "favourites": 1}
    assert (await house.latest("favourites"))["products"] == {"dress": 1, "shoes": 1}


async def test_what_is_not_on_the_shelf_is_nobodys_favourite(house: House) -> None:
    await fill(house)
    await house.order("product.hide", product="hat")
    for product in ("hat", "boat"):
        with pytest.raises(Refusal) as refused:
            await favour(house, "ann", product)
        assert refused.value.code == ErrorCode.NOT_FOUND


async def looks(house: House) -> dict[str, int]:
    await house.node.value.shelf.looks.flush()
    return dict((await house.node.value.shelf.tallies.read(ROOM, None)).looks)


async def test_looks_of_the_room_and_of_the_shop_are_added_up(house: House) -> None:
    await fill(house)
    for product in ("dress", "dress", "boat"):
        await house.call(make_person("ann"), "product.open", product=product)
    for _ in range(2):
        await house.node.storage.ledger.write(look_fact(ROOM, "service:shop", "k", "hat", 30, 1))
    assert await looks(house) == {"dress": 2, "hat": 30}


async def test_a_look_that_comes_again_under_its_key_counts_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for as long as keys are kept, and as many."""
    monkeypatch.setattr(counted_once, "MOST", 2)
    await fill(house)
    ann, bob = make_person("ann"), make_person("bob")
    for who, key in ((ann, "k"), (bob, "k"), (ann, "k")):
        await house.call(who, "product.open", key, product="dress")
    assert await looks(house) == {"dress": 2}
    for key in ("k2", "k3", "k"):
        await house.call(ann, "product.open", key, product="dress")
    house.clock.advance(600_000)
    await house.call(ann, "product.open", "k", product="dress")
    assert await looks(house) == {"dress": 6}


async def test_looks_are_written_once_when_the_database_does_not_answer(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(house)
    ledger = house.node.storage.ledger
    write = ledger.write
    failures = iter([DatabaseUnavailable("timeout"), DatabaseUnavailable("gone")])

    async def fail_afterwards(fact: Any) -> Any:
        answer = await write(fact)
        error = next(failures, None)
        if error is not None:
            raise error  # it was written, and nobody knows
        return answer

    monkeypatch.setattr(ledger, "write", fail_afterwards)
    await house.call(make_person("ann"), "product.open", product="dress")
    await looks(house)
    await house.call(make_person("bob"), "product.open", product="dress")
    await looks(house)
    assert await looks(house) == {"dress": 2}


async def test_what_was_sold_is_counted_by_product_and_refunds_are_taken_off(house: House) -> None:
    await fill(house)
    items = (
        OrderItem(product="dress", title="裙", count=3, amount=300),
        OrderItem(product="hat", title="帽", amount=9),
    )
    order = RecordOrder(order_id="o1", user_id="ann", items=items, amount=309, currency="CNY")
    other = order.model_copy(update={"order_id": "o2"})
    room = await house.room()
    for each in (order, order, other, other.model_copy(update={"status": OrderStatus.REFUNDED})):
        await house.node.value.gifts.recorder.record(room, each)
    assert dict((await house.node.value.shelf.tallies.read(ROOM, None)).sold) == {"dress": 3, "hat": 1}
