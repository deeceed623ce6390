"""Gifts and the app's billing: whatever it says, late, twice or never, money and gifts agree in the end."""

from __future__ import annotations

import asyncio
from typing import cast

import httpx
import pytest

from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.rules.charges import ChargeState
from liveroom.rooms.value.gifts.giver import LEFTOVER_MS
from liveroom.rooms.value.gifts.hook import BillingHook
from liveroom.rooms.webhooks.breaker import FAILURES
from tests.storage.gifts.conftest import Open
from tests.storage.gifts.deadlines import Deadlines
from tests.storage.gifts.stall import ROOM, Stall
from tests.storage.gifts.till import Till


@pytest.fixture
async def shop(url: str, open_stall: Open, till: Till, deadlines: Deadlines) -> Stall:
    """A stall that asks the till, on each kind of database; a charge without an answer has soon taken too long."""
    return await open_stall(url, billing_url=till.url)


@pytest.fixture
async def patient(url: str, open_stall: Open, till: Till) -> Stall:
    """One whose deadline is far away, for what has to happen before it."""
    return await open_stall(url, billing_url=till.url)


async def given(stall: Stall) -> int:
    """What everybody has given."""
    return (await stall.ranks.standing(ROOM, "")).amount


async def states(stall: Stall) -> dict[str, int]:
    """How many charges there are in each state."""
    counts = {state.value: len(await stall.charges.list(state, None, 200)) for state in ChargeState}
    return {state: count for state, count in counts.items() if count}


async def test_a_gift_is_given_when_billing_accepts_and_it_is_told_everything(shop: Stall, till: Till) -> None:
    answer = await shop.give(count=3)
    assert (answer["outcome"], answer["amount"]) == ("sent", 30)
    [(type_, about)] = till.calls
    assert type_ == "gift.charge"
    assert about.pop("id") in till.charged
    assert about == {
        "room": ROOM,
        "show_id": "show_1",
        "user": {"id": "ann", "name": "Ann"},
        "to": "host",
        "gift": "rose",
        "count": 3,
        "amount": 30,
        "currency": "COIN",
    }
    assert await states(shop) == {"paid": 1}
    assert await shop.give(count=3) == answer | {"duplicate": True}
    assert len(till.calls) == 1


async def test_a_refusal_is_told_in_the_words_of_billing_and_is_the_last_word_for_the_key(
    shop: Stall, till: Till
) -> None:
    till.plan = ["refuse", "accept"]
    answer = await shop.give()
    assert (answer["outcome"], answer["reason"]) == ("refused", "balance")
    assert await shop.give() == answer | {"duplicate": True}
    assert (await shop.give(key="k2"))["outcome"] == "sent"
    assert (await given(shop), sum(till.kept.values())) == (10, 10)
    assert till.asked("void") == []


@pytest.mark.parametrize("behaviour", ["hang", "late", "error", "garbage", "cut", "confused"])
async def test_without_an_answer_nothing_is_given_and_what_was_charged_is_voided(
    shop: Stall, till: Till, behaviour: str
) -> None:
    till.plan, till.void_plan = [behaviour], ["error", "accept"]
    answer = await shop.give()
    assert answer["outcome"] == "billing_unavailable"
    await shop.until(lambda: len(till.asked("void")) == 2)
    await shop.settle()
    assert set(till.asked("void")) == set(till.asked("charge"))
    assert (await given(shop), till.kept) == (0, {})
    assert await states(shop) == {"voided": 1}
    till.let_go.set()
    assert await shop.give() == answer | {"duplicate": True}


async def test_a_charge_that_arrives_after_its_void_finds_it(shop: Stall, till: Till) -> None:
    till.plan = ["later"]
    assert (await shop.give())["outcome"] == "billing_unavailable"
    await shop.until(lambda: len(till.asked("void")) == 1)
    till.let_go.set()
    await till.wait_for(lambda: till.under_way == 0)
    assert till.kept == {}


async def test_a_void_is_asked_for_until_it_is_confirmed_also_by_the_next_process(
    shop: Stall, till: Till, open_stall: Open, url: str
) -> None:
    till.plan, till.void_plan = ["late"], ["error"]
    await shop.give()
    await shop.until(lambda: len(till.asked("void")) >= 3)
    await shop.collector.stop()
    assert await states(shop) == {"voiding": 1}
    till.void_plan, till.voided = ["accept"], set()
    heir = await open_stall(url, billing_url=till.url)
    await heir.until(lambda: bool(till.voided), step_ms=30_000)
    await heir.settle()
    assert (await states(heir), till.kept) == ({"voided": 1}, {})


async def test_a_crash_between_the_charge_and_the_gift_is_voided_by_whoever_comes_next(
    patient: Stall, till: Till, open_stall: Open, url: str
) -> None:
    await crash_after_the_charge(patient, till)
    assert (await given(patient), sum(till.kept.values())) == (0, 10)
    heir = await open_stall(url, billing_url=till.url)
    await heir.until(lambda: bool(till.voided), step_ms=LEFTOVER_MS)
    await heir.settle()
    assert (await given(heir), till.kept, await states(heir)) == (0, {}, {"voided": 1})
    assert (await heir.give())["outcome"] == "billing_unavailable", "the key had its answer"


async def test_who_sends_again_after_a_crash_gets_the_gift_and_pays_once(
    patient: Stall, till: Till, open_stall: Open, url: str
) -> None:
    await crash_after_the_charge(patient, till)
    heir = await open_stall(url, billing_url=till.url)
    assert (await heir.give())["outcome"] == "sent"
    await heir.wait(2 * LEFTOVER_MS, step_ms=LEFTOVER_MS)
    assert len(set(till.asked("charge"))) == 1
    assert (await given(heir), sum(till.kept.values()), await states(heir)) == (10, 10, {"paid": 1})


async def crash_after_the_charge(stall: Stall, till: Till) -> None:
    """Billing has charged, and the process dies before it hears of it."""
    till.plan = ["late", "accept"]
    giving = asyncio.ensure_future(stall.give())
    await till.wait_for(lambda: bool(till.charged))
    giving.cancel()
    await asyncio.wait([giving])
    await stall.collector.stop()


async def test_the_same_gift_sent_twice_at_once_is_charged_and_given_once(shop: Stall, till: Till) -> None:
    answers = await asyncio.gather(*(shop.give() for _ in range(5)))
    assert {answer["outcome"] for answer in answers} == {"sent"}
    assert sorted(answer["duplicate"] for answer in answers) == [False, True, True, True, True]
    assert (await given(shop), list(till.kept.values()), await states(shop)) == (10, [10], {"paid": 1})


async def test_of_two_tries_the_one_that_hears_too_late_does_not_keep_the_money(shop: Stall, till: Till) -> None:
    till.plan = ["refuse", "accept"]
    outcomes = {answer["outcome"] for answer in await asyncio.gather(shop.give(), shop.give())}
    await shop.settle()
    assert len(outcomes) == 1, "both are told the same"
    kept = sum(till.kept.values())
    await shop.until(lambda: sum(till.kept.values()) in (0, 10))
    assert (await given(shop)) == kept == (10 if outcomes == {"sent"} else 0)


async def test_a_show_that_ends_while_billing_thinks_costs_nothing(patient: Stall, till: Till) -> None:
    till.plan = ["late"]
    giving = asyncio.ensure_future(patient.give())
    await till.wait_for(lambda: bool(till.charged))
    await patient.end_show()
    till.let_go.set()
    assert (await giving)["outcome"] == "not_live"
    await patient.until(lambda: bool(till.voided))
    assert (till.kept, await given(patient)) == ({}, 0)


async def test_a_policy_of_trust_gives_at_once_and_charges_until_it_is_answered(
    url: str, open_stall: Open, till: Till, deadlines: Deadlines
) -> None:
    shop = await open_stall(url, billing_url=till.url, trusts=True)
    till.plan = ["hang", "error", "accept"]
    assert (await shop.give())["outcome"] == "sent"
    assert (await given(shop)) == 10
    await shop.until(lambda: len(till.asked("charge")) >= 3)
    await shop.settle()
    assert (list(till.kept.values()), await states(shop)) == ([10], {"paid": 1})


async def test_what_was_trusted_and_is_refused_later_is_listed_as_unpaid(
    url: str, open_stall: Open, till: Till, deadlines: Deadlines, caplog: pytest.LogCaptureFixture
) -> None:
    shop = await open_stall(url, billing_url=till.url, trusts=True)
    till.plan = ["hang", "refuse"]
    await shop.give()
    await shop.until(lambda: len(till.asked("charge")) >= 2)
    await shop.settle()
    [charge] = await shop.charges.list(ChargeState.UNPAID, None, 10)
    assert (charge.user_id, charge.amount, charge.reason) == ("ann", 10, "balance")
    assert "is refused by billing" in caplog.text


async def hang_until_away(shop: Stall, till: Till) -> None:
    """The billing answers nobody, until it is given up; some calls end before they were made."""
    till.plan = ["hang"]
    assert shop.billing is not None
    for number in range(4):
        if not shop.billing.is_away:
            await asyncio.gather(*(shop.give(key=f"k{number}_{each}") for each in range(FAILURES)))
    assert shop.billing.is_away


async def test_a_dead_billing_is_left_alone_and_everybody_is_answered_fast(shop: Stall, till: Till) -> None:
    await hang_until_away(shop, till)
    asked = [call for call, _ in shop.measured.words].count("charge")
    answers = [await shop.give(key=f"later{number}") for number in range(20)]
    assert {answer["outcome"] for answer in answers} == {"billing_unavailable"}
    assert [call for call, _ in shop.measured.words].count("charge") == asked
    assert (await states(shop)).get("pending", 0) == 0, "those who were not asked for leave nothing"
    till.plan = ["accept"]
    shop.clock.advance(1_100)
    await shop.settle()
    await shop.until(lambda: shop.billing is not None and not shop.billing.is_away)
    assert (await shop.give(key="again"))["outcome"] == "sent"


async def test_a_gift_that_was_given_is_so_told_also_while_billing_is_away(shop: Stall, till: Till) -> None:
    first = await shop.give()
    await hang_until_away(shop, till)
    assert await shop.give() == first | {"duplicate": True}


async def test_calls_at_the_same_time_are_bounded_and_who_finds_no_line_is_not_charged(
    url: str, open_stall: Open, till: Till, deadlines: Deadlines, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = await open_stall(url, billing_url=till.url, lines=2)
    under_way: list[int] = [0]
    calls = cast(BillingHook, shop.billing)._calls
    post = calls._post

    async def counted(http: httpx.AsyncClient, name: str, body: bytes) -> tuple[int, bytes]:
        under_way.append(under_way[-1] + 1)
        try:
            return await post(http, name, body)
        finally:
            under_way.append(under_way[-1] - 1)

    monkeypatch.setattr(calls, "_post", counted)
    till.plan = ["late"]
    till.fell_silent = None
    giving = asyncio.gather(*(shop.give(key=f"k{number}") for number in range(8)))
    await till.wait_for(lambda: till.under_way == 2)
    deadlines.run_out()
    answers = await giving
    assert {answer["outcome"] for answer in answers} == {"billing_unavailable"}
    assert max(under_way) == 2
    assert (await states(shop))["refused"] >= 1, "billing never heard of these"
    await shop.until(lambda: not till.kept)


async def test_money_and_gifts_agree_after_any_behaviour(shop: Stall, till: Till) -> None:
    till.plan = ["accept", "refuse", "error", "accept", "garbage", "accept", "cut", "accept", "late", "accept"] * 3
    outcomes = [(await shop.give(key=f"k{number}"))["outcome"] for number in range(30)]
    till.void_plan = ["error", "accept"]
    await shop.wait(90_000, step_ms=3_000)
    await shop.until(lambda: not (set(till.charged) - till.voided) - set(till.kept), step_ms=30_000)
    await shop.wait(60_000, step_ms=20_000)
    assert sum(till.kept.values()) == await given(shop) == 10 * outcomes.count("sent")
    assert set(await states(shop)) <= {"paid", "refused", "voided"}


async def test_free_gifts_are_not_asked_for(shop: Stall, till: Till) -> None:
    till.plan = ["hang"]
    assert (await shop.give(gift="wave"))["outcome"] == "sent"
    assert till.calls == []


async def test_an_open_charge_of_before_is_voided_when_gifts_became_free(
    patient: Stall, till: Till, open_stall: Open, url: str
) -> None:
    await crash_after_the_charge(patient, till)
    free = await open_stall(url)
    assert (await free.give())["outcome"] == "sent"
    assert await states(free) == {"voiding": 1}


async def test_a_ledger_that_is_away_leaves_no_charge_without_an_end(patient: Stall, till: Till) -> None:
    till.plan = ["late", "accept"]
    giving = asyncio.ensure_future(patient.give())
    await till.wait_for(lambda: bool(till.charged))
    await patient.ledger.stop()
    till.let_go.set()
    with pytest.raises(RealtimeError):
        await giving
    patient.ledger.start()
    await patient.wait(2 * LEFTOVER_MS, step_ms=LEFTOVER_MS // 2)
    await patient.until(lambda: bool(till.voided))
    await patient.settle()
    assert (till.kept, await given(patient), await states(patient)) == ({}, 0, {"voided": 1})
