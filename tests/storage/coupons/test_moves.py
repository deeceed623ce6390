"""What becomes of granted coupons: locked, redeemed, given back, taken away, expired; each once, whoever asks twice."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.coupon import GrantRecord, GrantStatus
from liveroom.rooms.rules.grants import Command, Lock, Redeem, Release, Revoke, Unlock
from tests.storage.coupons.shop import HOUR_MS, Shop
from tests.support.clock import START_MS, FakeClock

ONE = [{"ends_at": START_MS + HOUR_MS, "stock": 1}]


async def grant(shop: Shop, user: str = "ann", key: str = "k1") -> str:
    """A coupon of a viewer; gives its id."""
    granted = await shop.claim(user, key)
    assert granted["outcome"] == "granted"
    grant_id: str = granted["grant"]["id"]
    return grant_id


async def move(shop: Shop, grant_id: str, command: Command, key: str | None = None) -> GrantRecord:
    """What the shop does."""
    after, _ = await shop.node.value.coupons.grants.move(grant_id, command, key, "service:shop")
    return after


async def test_a_coupon_is_locked_and_redeemed_for_one_order(shop: Shop) -> None:
    await shop.campaign()
    grant_id = await grant(shop)
    locked = await move(shop, grant_id, Lock("o1", 60))
    assert (locked.status, locked.order, locked.locked_until) == (GrantStatus.LOCKED, "o1", START_MS + 60_000)
    with pytest.raises(Refusal) as refused:
        await move(shop, grant_id, Redeem("o2"))
    assert refused.value.code == ErrorCode.WRONG_STATE
    redeemed = [await move(shop, grant_id, Redeem("o1")) for _ in range(2)]
    assert {each.status for each in redeemed} == {GrantStatus.REDEEMED}
    report = await shop.report()
    assert (report.redeemed, report.issued) == (1, 1)
    rows = await shop.read("SELECT payload FROM outbox WHERE lane = 'webhooks' ORDER BY id")
    told = [event for (payload,) in rows for event in orjson.loads(bytes(payload))]
    assert [data["order"] for type_, data in told if type_ == "coupon.redeemed"] == ["o1"]


async def test_a_race_of_orders_has_one_winner(shop: Shop) -> None:
    await shop.campaign()
    grant_id = await grant(shop)
    orders = [f"o{number}" for number in range(20)]
    outcomes = await asyncio.gather(*(move(shop, grant_id, Redeem(o)) for o in orders), return_exceptions=True)
    winners = [each.order for each in outcomes if isinstance(each, GrantRecord)]
    assert len(winners) == 1
    assert (await shop.node.value.coupons.grants.find(grant_id)).order == winners[0]
    assert (await shop.report()).redeemed == 1


async def test_what_is_given_back_is_left_for_others_and_its_owner_may_claim_again(shop: Shop) -> None:
    await shop.campaign(drops=ONE)
    grant_id = await grant(shop)
    assert (await shop.claim("bob"))["outcome"] == "sold_out"
    await move(shop, grant_id, Release())
    assert [data["change"] for kind, data in await shop.told() if kind == "campaign.changed"] == [
        "activated",
        "exhausted",
        "restocked",
    ]
    assert (await shop.stock())["c1"]["left"] == {"d1": 1}
    assert (await shop.claim("ann", "k2"))["outcome"] == "granted"
    report = await shop.report()
    assert report.tallies["d1"]._asdict() == {"granted": 2, "returned": 1, "spent": 500}


async def test_what_is_taken_away_is_left_for_others_but_not_for_its_owner(shop: Shop) -> None:
    await shop.campaign(drops=ONE)
    await move(shop, await grant(shop), Revoke())
    await shop.told()
    taken = await shop.claim("ann", "k2")
    assert (taken["outcome"], taken["grant"]["status"]) == ("already_claimed", "revoked")
    assert (await shop.claim("bob"))["outcome"] == "granted"


async def test_the_amount_of_a_red_packet_goes_back_into_its_pot(shop: Shop) -> None:
    drops = [{"ends_at": START_MS + HOUR_MS, "stock": 4, "pot": 1_000}]
    await shop.campaign(value={"kind": "random", "min": 1, "max": 997}, drops=drops)
    first = await shop.claim("ann")
    await move(shop, first["grant"]["id"], Release())
    amounts = [(await shop.claim(f"u{number}"))["grant"]["amount"] for number in range(4)]
    assert sum(amounts) == 1_000
    assert (await shop.claim("zoe"))["outcome"] == "sold_out"


async def test_a_key_gets_the_first_answer_and_without_one_the_table_is_asked(shop: Shop) -> None:
    await shop.campaign()
    grant_id = await grant(shop)
    first = await move(shop, grant_id, Lock("o1", 60), "key")
    await move(shop, grant_id, Unlock())
    assert await move(shop, grant_id, Lock("o1", 60), "key") == first, "the first answer, and no second lock"
    assert (await shop.node.value.coupons.grants.find(grant_id)).status is GrantStatus.ISSUED
    assert (await move(shop, grant_id, Lock("o1", 60))).status is GrantStatus.LOCKED
    with pytest.raises(Refusal) as refused:
        await move(shop, grant_id, Lock("o9", 60), "key")
    assert refused.value.code == ErrorCode.KEY_CONFLICT


async def test_locks_run_out_and_coupons_expire_without_anybody_asking(shop: Shop, clock: FakeClock) -> None:
    await shop.campaign(valid_s=120)
    locked, idle = await grant(shop, "ann"), await grant(shop, "bob")
    await move(shop, locked, Lock("o1", 150))
    clock.advance(120_000)
    await shop.node.value.coupons._clock.look()

    async def statuses() -> list[str]:
        rows = await shop.read("SELECT status, due_at_ms IS NULL FROM coupon_grants ORDER BY user_id")
        return [f"{status} {bool(is_over)}" for status, is_over in rows]

    assert await statuses() == ["locked False", "expired True"]
    with pytest.raises(Refusal):
        await move(shop, idle, Redeem("o2"))
    clock.advance(30_000)
    await shop.node.value.coupons._clock.look()
    assert await statuses() == ["expired True", "expired True"]
    facts = await shop.read("SELECT count(*) FROM facts WHERE kind = 'coupon.move'")
    assert facts == [(1,)], "what time does needs no memory"


async def test_a_clock_that_jumps_back_grants_no_second_coupon(shop: Shop, clock: FakeClock) -> None:
    await shop.campaign(drops=[{"starts_at": START_MS, "ends_at": START_MS + HOUR_MS, "stock": 2}])
    await grant(shop)
    clock._start_ms -= 86_400_000
    assert (await shop.claim("bob"))["reason"] == "early"
    assert (await shop.claim("ann"))["duplicate"] is True
    clock._start_ms += 86_400_000
    assert (await shop.claim("ann", "k2"))["outcome"] == "already_claimed"
    assert (await shop.claim("bob"))["outcome"] == "granted"
    assert (await shop.report()).issued == 2


async def test_a_clock_that_jumps_ahead_and_back_ends_nothing_twice_and_brings_nothing_back(
    shop: Shop, clock: FakeClock
) -> None:
    await shop.campaign(drops=[{"starts_at": START_MS, "ends_at": START_MS + HOUR_MS, "stock": 3}])
    early = await grant(shop, "ann")
    clock._start_ms += 2 * 86_400_000
    await shop.node.value.coupons._clock.look()
    assert (await shop.node.value.coupons.grants.find(early)).status is GrantStatus.EXPIRED
    assert (await shop.claim("bob"))["outcome"] == "not_open"
    clock._start_ms -= 2 * 86_400_000
    await shop.node.value.coupons._clock.look()
    assert (await shop.node.value.coupons.grants.find(early)).status is GrantStatus.EXPIRED
    assert (await shop.claim("ann", "k2"))["outcome"] != "granted"
    changes = [data["change"] for kind, data in await shop.told() if kind == "campaign.changed"]
    assert changes == ["activated", "ended"], "what has ended by its time does not begin again"
    assert (await shop.report()).issued == 1


async def test_its_owner_is_told_and_finds_it_in_their_list(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    await shop.campaign()
    grant_id = await grant(shop)
    told: list[tuple[Target, Any]] = []

    async def send(room: str | None, target: Target, payload: bytes) -> None:
        told.append((target, orjson.loads(payload)))

    monkeypatch.setattr(shop.node.hub.backplane, "send_private", send)
    await move(shop, grant_id, Redeem("o1"), "key")
    await move(shop, grant_id, Redeem("o1"), "key")
    [(target, event)] = told
    assert (target.user_id, event["kind"]) == ("ann", "coupon.grant_updated")
    assert event["data"]["grant"] | {"status": "redeemed", "id": grant_id} == event["data"]["grant"]
    [mine] = await shop.node.value.coupons.grants.list_user("ann", "demo", "", 10)
    assert (mine.id, mine.status) == (grant_id, GrantStatus.REDEEMED)


async def test_lists_come_in_pages_that_join(shop: Shop) -> None:
    await shop.campaign(drops=[{"ends_at": START_MS + HOUR_MS, "stock": 25}])
    await shop.campaign(id="c10")
    await asyncio.gather(*(shop.claim(f"u{number}") for number in range(25)))
    await asyncio.gather(*(shop.claim(f"u{number}", "k2", campaign="c10") for number in range(3)))
    grants, seen, after = shop.node.value.coupons.grants, [], ""
    while page := await grants.list_campaign("c1", after, 10):
        seen += page
        after = page[-1].id
    assert [each.campaign for each in seen] == ["c1"] * 25
    assert [each.id for each in seen] == sorted(each.id for each in seen)
    assert len(await grants.list_user("u1", None, "", 10)) == 2


async def test_what_does_not_exist_is_not_found(shop: Shop) -> None:
    with pytest.raises(Refusal) as refused:
        await move(shop, "c1-d1-00000001-0123456789ab", Release())
    assert refused.value.code == ErrorCode.NOT_FOUND
