"""One key is one gift: another gift under it is refused, and none is ever given for the price of another."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.rules.charges import ChargeState
from liveroom.rooms.value.gifts.giver import LEFTOVER_MS
from tests.storage.gifts.conftest import Open
from tests.storage.gifts.stall import ROOM, Stall
from tests.storage.gifts.till import Till


@pytest.fixture
async def shop(url: str, open_stall: Open, till: Till) -> Stall:
    """A stall that asks the till and waits for it, on each kind of database."""
    return await open_stall(url, billing_url=till.url)


async def begin(shop: Stall, till: Till) -> asyncio.Future[dict[str, object]]:
    """A rose that billing has charged and thinks about."""
    till.plan = ["late", "accept"]
    giving = asyncio.ensure_future(shop.give(gift="rose"))
    await till.wait_for(lambda: bool(till.charged))
    return giving


async def is_refused(shop: Stall, gift: str, count: int = 1) -> bool:
    """Whether a gift under the key of the rose is refused for that."""
    try:
        await shop.give(gift=gift, count=count)
    except RealtimeError as error:
        return error.code == ErrorCode.KEY_CONFLICT
    return False


async def test_a_dear_gift_cannot_be_sent_under_the_charge_of_a_cheap_one(shop: Stall, till: Till) -> None:
    rose = await begin(shop, till)
    refused = await asyncio.gather(*(is_refused(shop, "ship", 999) for _ in range(5)))
    till.let_go.set()
    assert (await rose)["outcome"] == "sent"
    await shop.settle()
    assert refused == [True] * 5
    assert [(about["gift"], about["amount"]) for _, about in till.calls] == [("rose", 10)]
    assert [(each["gift"], each["count"]) for each in shop.told("gift.sent")] == [("rose", 1)]
    assert (await shop.ranks.standing(ROOM, "")).amount == sum(till.kept.values()) == 10


async def test_of_different_gifts_at_once_under_one_key_one_is_sent_at_its_price(shop: Stall, till: Till) -> None:
    wanted = [("rose", 1), ("ship", 1), ("ship", 999), ("rose", 3)] * 3
    answers = await asyncio.gather(
        *(shop.give(gift=gift, count=count) for gift, count in wanted), return_exceptions=True
    )
    await shop.settle()
    said = [answer["outcome"] for answer in answers if not isinstance(answer, BaseException)]
    faults = {answer.code for answer in answers if isinstance(answer, RealtimeError)}
    assert (set(said), faults) == ({"sent"}, {ErrorCode.KEY_CONFLICT})
    prices = {"rose": 10, "ship": 5_000}
    [told] = shop.told("gift.sent")
    paid = prices[told["gift"]] * told["count"]
    assert (await shop.ranks.standing(ROOM, "")).amount == sum(till.kept.values()) == told["amount"] == paid


async def test_a_free_gift_does_not_count_what_a_charge_under_its_key_says(shop: Stall, till: Till) -> None:
    rose = await begin(shop, till)
    assert await is_refused(shop, "wave")
    till.let_go.set()
    assert (await rose)["outcome"] == "sent"
    assert (await shop.ranks.standing(ROOM, "")).amount == sum(till.kept.values()) == 10


async def test_the_key_of_a_charge_in_one_room_is_refused_in_another(shop: Stall, till: Till) -> None:
    rose = await begin(shop, till)
    shop.room.id = "r2"  # type: ignore[misc]
    assert await is_refused(shop, "rose")
    shop.room.id = ROOM  # type: ignore[misc]
    till.let_go.set()
    assert (await rose)["outcome"] == "sent"


async def test_a_charge_whose_key_was_answered_for_another_gift_is_given_up_and_voided(
    shop: Stall, till: Till, open_stall: Open, url: str
) -> None:
    """As one that an older version left."""
    rose = await begin(shop, till)
    rose.cancel()
    await asyncio.wait([rose])
    async with shop.database.write() as connection:
        await connection.exec_driver_sql("UPDATE gift_charges SET id = 'charge_other'")
    free = await open_stall(url)
    assert (await free.give(gift="wave"))["outcome"] == "sent"
    await free.collector.stop()
    await shop.until(lambda: bool(till.voided), step_ms=LEFTOVER_MS)
    await shop.settle()
    assert till.voided == {"charge_other"}
    assert len(await shop.charges.list(ChargeState.VOIDED, None, 10)) == 1
