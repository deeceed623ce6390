"""When the last coupon is gone, taps are answered without the database, and who has one is still told so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from liveroom.rooms.storage.database import Database
from tests.storage.coupons.shop import HOUR_MS, Shop
from tests.support.clock import START_MS, FakeClock


@contextmanager
def forbidden(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever touches a database meanwhile fails."""

    def refuse(self: Database, *_: object) -> None:
        raise AssertionError("the database was touched")

    with monkeypatch.context() as touched:
        touched.setattr(Database, "write", refuse)
        touched.setattr(Database, "read", refuse)
        yield


async def exhaust(shop: Shop) -> None:
    """Grant all ten, and let the node hear of it and learn who has them."""
    await shop.campaign()
    await asyncio.gather(*(shop.claim(f"u{number}") for number in range(10)))
    await shop.told()
    await shop.claim("zoe", "first")
    await shop.node.value.coupons.holders.settle()


async def test_after_the_last_coupon_taps_touch_no_database(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await exhaust(shop)
    with forbidden(monkeypatch):
        answers = await asyncio.gather(*(shop.claim(f"late{number}") for number in range(200)))
    assert all(answer == {"outcome": "sold_out"} for answer in answers)


async def test_who_has_one_is_answered_by_the_ledger_for_ever(shop: Shop) -> None:
    await exhaust(shop)
    repeat = await shop.claim("u3")
    assert (repeat["outcome"], repeat["duplicate"]) == ("granted", True)
    assert (await shop.claim("u3", "k2"))["outcome"] == "already_claimed"


async def test_a_pause_is_answered_from_memory_and_its_end_is_heard(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.campaign()
    await shop.order("campaign.pause", campaign="c1")
    await shop.told()
    await shop.claim("zoe")
    await shop.node.value.coupons.holders.settle()
    with forbidden(monkeypatch):
        assert (await shop.claim("ann"))["reason"] == "paused"
    await shop.order("campaign.resume", campaign="c1")
    await shop.told()
    assert (await shop.claim("ann"))["outcome"] == "granted"


async def test_a_coupon_that_comes_back_makes_memory_forget(shop: Shop) -> None:
    from liveroom.rooms.rules.grants import Release

    await exhaust(shop)
    granted = await shop.claim("u3")
    await shop.node.value.coupons.grants.move(granted["grant"]["id"], Release(), None, "service:shop")
    await shop.told()
    assert (await shop.claim("ann"))["outcome"] == "granted"


async def test_those_who_are_early_wait_in_memory(
    shop: Shop, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts_at = START_MS + 5_000
    await shop.campaign(drops=[{"starts_at": starts_at, "ends_at": START_MS + HOUR_MS, "stock": 1}])
    await shop.claim("zoe")
    await shop.node.value.coupons.holders.settle()
    with forbidden(monkeypatch):
        assert await shop.claim("ann") == {"outcome": "not_open", "reason": "early", "starts_at": starts_at}
    clock.advance(5_000)
    assert (await shop.claim("ann"))["outcome"] == "granted"


@pytest.mark.parametrize("stock", [1, 2], ids=["sold out", "some left"])
async def test_a_repeat_between_drops_gets_its_first_answer(shop: Shop, clock: FakeClock, stock: int) -> None:
    """Also where who has one was read before it was granted, and the campaign is as it was then."""
    first = {"starts_at": START_MS + 5_000, "ends_at": START_MS + 10_000, "stock": stock}
    later = {"starts_at": START_MS + 60_000, "ends_at": START_MS + HOUR_MS, "stock": 1}
    await shop.campaign(drops=[first, later])
    assert (await shop.claim("zoe"))["reason"] == "early"
    await shop.node.value.coupons.holders.settle()
    clock.advance(5_000)
    granted = await shop.claim("ann")
    await shop.told()
    clock.advance(5_000)
    assert await shop.claim("ann") == granted | {"duplicate": True}
    assert (await shop.claim("ann", "k2"))["reason"] == "early"


async def test_a_repeat_after_a_drop_with_some_left_gets_its_first_answer(shop: Shop, clock: FakeClock) -> None:
    """What is left of a drop that is over is not claimed, and the drop that is open is empty."""
    first = {"ends_at": START_MS + 10_000, "stock": 2}
    second = {"starts_at": START_MS + 5_000, "ends_at": START_MS + HOUR_MS, "stock": 1}
    last = {"starts_at": START_MS + 60_000, "ends_at": START_MS + HOUR_MS, "stock": 1}
    await shop.campaign(drops=[first, second, last])
    clock.advance(5_000)
    await shop.claim("bob", drop="d2")
    await shop.told()
    await shop.claim("zoe", drop="d2")
    await shop.node.value.coupons.holders.settle()
    granted = await shop.claim("ann")
    assert granted["grant"]["drop"] == "d1"
    clock.advance(5_000)
    assert await shop.claim("ann") == granted | {"duplicate": True}


async def test_of_too_many_holders_nobody_is_answered_from_memory(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveroom.rooms.value.coupons.holders.MOST", 5)
    monkeypatch.setattr("liveroom.rooms.value.coupons.holders.PAGE", 5)
    await exhaust(shop)
    assert not shop.node.value.coupons.holders.has_none("c1", 3, None, "late")
    assert (await shop.claim("late"))["outcome"] == "sold_out"
    assert (await shop.claim("u3"))["duplicate"] is True


async def test_pages_of_holders_join(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liveroom.rooms.value.coupons.holders.PAGE", 3)
    await exhaust(shop)
    holders = shop.node.value.coupons.holders
    assert [user for user in (*(f"u{n}" for n in range(12)), "zoe") if holders.has_none("c1", 3, None, user)] == [
        "u10",
        "u11",
        "zoe",
    ]
