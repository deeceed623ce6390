"""Taps get true answers: never oversold, never doubled, and the same key the same answer, also after a restart."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import orjson
import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import encode_ack, encode_plain_ack, encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Fact
from liveroom.rooms.messages.coupon import ClaimAck, Outcome
from liveroom.rooms.rules import claims
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.rules.drops import NOTHING
from liveroom.rooms.value.coupons.campaign_documents import scope_of
from liveroom.rooms.value.coupons.claim_decider import CLAIM, Claim, encode_granted
from liveroom.rooms.value.coupons.telemetry import read_outcome
from tests.rooms.builders import NOW
from tests.rooms.campaigns import make_campaign
from tests.storage.coupons.shop import HOUR_MS, ROOM, Shop, opened
from tests.support.clock import START_MS, FakeClock

RANDOM = {"kind": "random", "min": 1, "max": 900}


async def test_of_many_taps_at_once_exactly_the_stock_is_granted(shop: Shop) -> None:
    await shop.campaign(drops=[{"ends_at": START_MS + HOUR_MS, "stock": 37}])
    answers = await asyncio.gather(*(shop.claim(f"u{number}") for number in range(300)))
    assert Counter(answer["outcome"] for answer in answers) == {"granted": 37, "sold_out": 263}
    assert len({answer["grant"]["id"] for answer in answers if "grant" in answer}) == 37
    report = await shop.report()
    assert report.issued == 37
    assert report.state.status.value == "exhausted"


async def test_the_amounts_of_a_red_packet_add_up_to_its_pot(shop: Shop) -> None:
    drops = [{"ends_at": START_MS + HOUR_MS, "stock": 40, "pot": 8_888}]
    await shop.campaign(value=RANDOM, drops=drops)
    answers = await asyncio.gather(*(shop.claim(f"u{number}") for number in range(60)))
    amounts = [answer["grant"]["amount"] for answer in answers if answer["outcome"] == "granted"]
    assert (len(amounts), sum(amounts)) == (40, 8_888)
    assert all(1 <= amount <= 900 for amount in amounts)


async def test_a_repeat_gets_the_first_answer_and_another_tap_what_is_there(shop: Shop) -> None:
    await shop.campaign()
    first = await shop.claim("ann")
    assert first["outcome"] == "granted"
    assert await shop.claim("ann") == first | {"duplicate": True}
    assert await shop.claim("ann", "k2") == {"outcome": "already_claimed", "grant": first["grant"]}
    with pytest.raises(Refusal) as refused:
        await shop.claim("ann", "k1", drop="d1")
    assert refused.value.code == ErrorCode.KEY_CONFLICT
    assert (await shop.report()).issued == 1


async def test_one_viewer_who_taps_with_many_fingers_gets_one(shop: Shop) -> None:
    await shop.campaign()
    answers = await asyncio.gather(*(shop.claim("ann", f"k{number}") for number in range(10)))
    assert Counter(answer["outcome"] for answer in answers) == {"granted": 1, "already_claimed": 9}


async def test_a_refusal_is_not_kept_and_the_same_key_may_be_granted_later(shop: Shop) -> None:
    await shop.campaign(audience={"level_min": 5})
    assert await shop.claim("ann") == {"outcome": "not_eligible", "rule": "level"}
    assert (await shop.claim("ann", traits={"level": 5}))["outcome"] == "granted"


async def test_what_is_known_of_a_viewer_decides(shop: Shop) -> None:
    await shop.campaign(audience={"followed": True, "member": True})
    assert (await shop.claim("ann"))["rule"] == "followed"
    assert (await shop.claim("ann", traits={"followed": True}))["rule"] == "member"
    both = {"followed": True, "member_of": ["茶友"]}
    assert (await shop.claim("ann", traits=both))["outcome"] == "granted"


async def test_what_was_spent_in_the_room_decides(shop: Shop) -> None:
    await shop.campaign(audience={"spent": 1_000})
    assert await shop.claim("ann") == {"outcome": "not_eligible", "rule": "spent"}
    async with shop.node.storage.database.write() as connection:
        await connection.exec_driver_sql("INSERT INTO counters (scope, name, value) VALUES ('spent:demo', 'ann', 1000)")
    assert (await shop.claim("ann"))["outcome"] == "granted"
    assert (await shop.claim("bob"))["rule"] == "spent"


async def test_a_tap_from_before_the_campaign_asked_for_more_is_neither_granted_nor_denied(shop: Shop) -> None:
    """Nothing was found out about the viewer then; the same tap is answered when it comes again."""
    await shop.campaign(audience={"spent": 1})
    for context in (Claim(None, None), Claim(None, Claimant("ann"))):
        fact = Fact(CLAIM, ROOM, scope_of("c1"), "ann", "k1", b"{}", START_MS, context)
        with pytest.raises(Refusal) as refused:
            await shop.node.storage.ledger.write(fact)
        assert (refused.value.code, refused.value.retryable) == (ErrorCode.UNAVAILABLE, True)
    assert (await shop.claim("ann"))["rule"] == "spent"


async def test_windows_are_those_of_the_servers_clock(shop: Shop, clock: FakeClock) -> None:
    starts_at = START_MS + 60_000
    drops = [{"starts_at": starts_at, "ends_at": starts_at + 30_000, "stock": 1}]
    await shop.campaign(drops=drops, ends_at=START_MS + HOUR_MS)
    assert await shop.claim("ann") == {"outcome": "not_open", "reason": "early", "starts_at": starts_at}
    clock.advance(60_000)
    assert (await shop.claim("ann"))["outcome"] == "granted"
    clock.advance(30_000)
    assert await shop.claim("bob") == {"outcome": "not_open", "reason": "over"}


async def test_of_a_rain_each_drop_has_its_own_coupons(shop: Shop) -> None:
    open_now = {"ends_at": START_MS + HOUR_MS, "stock": 2}
    await shop.campaign(drops=[open_now, open_now], per_user=2)
    assert [(await shop.claim("ann", f"a{at}", drop="d1"))["outcome"] for at in (1, 2)] == [
        "granted",
        "already_claimed",
    ]
    assert (await shop.claim("ann", "a3", drop="d2"))["outcome"] == "granted"
    assert (await shop.claim("bob", "b1"))["grant"]["drop"] == "d1"
    assert (await shop.claim("cat", "c1"))["grant"]["drop"] == "d2", "the first one is empty"
    assert (await shop.claim("dan", "d1"))["outcome"] == "sold_out"


async def test_what_a_commit_finds_empty_it_grants_from_the_next_drop_that_is_open(shop: Shop) -> None:
    now = {"ends_at": START_MS + HOUR_MS}
    await shop.campaign(drops=[now | {"stock": 3}, now | {"stock": 4}, now | {"stock": 20}])
    answers = await asyncio.gather(*(shop.claim(f"u{number}") for number in range(25)))
    granted = Counter(answer["grant"]["drop"] for answer in answers if answer["outcome"] == "granted")
    assert granted == {"d1": 3, "d2": 4, "d3": 18}
    await shop.report()


async def test_what_is_not_there_is_not_found(shop: Shop) -> None:
    await shop.campaign(activate=False)
    for how in ({}, {"campaign": "c2"}):
        with pytest.raises(Refusal) as refused:
            await shop.claim("ann", **how)
        assert refused.value.code == ErrorCode.NOT_FOUND


async def test_a_key_is_remembered_over_a_restart_and_what_is_shown_is_there_again(
    url: str, tmp_path: Path, clock: FakeClock
) -> None:
    async with opened(url, tmp_path / "data", clock) as shop:
        await shop.campaign(drops=[{"ends_at": START_MS + HOUR_MS, "stock": 2}])
        first = await shop.claim("ann")
        shown = (await shop.node.rooms.room("demo")).snapshot.parts["campaigns"]
        stock = await shop.stock()
    async with opened(url, tmp_path / "data", clock) as shop:
        assert (await shop.node.rooms.room("demo")).snapshot.parts["campaigns"] == shown
        assert await shop.stock() == stock == {"c1": {"left": {"d1": 1}, "n": 3}}
        assert await shop.claim("ann") == first | {"duplicate": True}
        assert (await shop.claim("bob"))["outcome"] == "granted"
        assert (await shop.claim("cat"))["outcome"] == "sold_out"
        await shop.report()


async def test_a_database_that_is_away_is_said_to_be_so_and_the_same_key_works_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.campaign()

    def refuse(timeout_s: float | None = None) -> None:
        raise OSError("nobody there")

    with monkeypatch.context() as away:
        away.setattr(type(shop.node.storage.database._writer), "begin", lambda _: refuse())
        with pytest.raises(RealtimeError) as refused:
            await shop.claim("ann")
        assert (refused.value.code, refused.value.retryable) == (ErrorCode.UNAVAILABLE, True)
    assert (await shop.claim("ann"))["outcome"] == "granted"


def test_the_short_way_of_encoding_says_the_same() -> None:
    state = make_campaign()
    coupon = claims.grant(state, state.drops[0], NOTHING, "ann", NOW)
    data = encode_granted(coupon)
    assert data == encode_value(ClaimAck(outcome=Outcome.GRANTED, grant=coupon.view()))
    assert encode_plain_ack(7, data) == encode_ack(7, data=orjson.Fragment(data))
    assert read_outcome(data) == "granted"
    assert read_outcome(encode_value(ClaimAck(outcome=Outcome.SOLD_OUT))) == "sold_out"
