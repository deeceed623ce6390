"""Campaigns are changed while they run: everybody hears it once, in order, and stock never falls below it."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from tests.storage.coupons.shop import HOUR_MS, ROOM, Shop
from tests.support.clock import START_MS, FakeClock


async def changes(shop: Shop) -> list[str]:
    """What the room was told of campaigns."""
    return [data["change"] for kind, data in await shop.told() if kind == "campaign.changed"]


async def test_a_life_from_draft_to_end_is_told_in_order(shop: Shop) -> None:
    await shop.campaign(activate=False, drops=[{"ends_at": START_MS + HOUR_MS, "stock": 1}])
    assert await shop.told() == [], "a draft is nobody's business"
    await shop.order("campaign.activate", campaign="c1")
    await shop.order("campaign.pause", campaign="c1")
    assert await shop.claim("ann") == {"outcome": "not_open", "reason": "paused"}
    await shop.order("campaign.resume", campaign="c1")
    assert (await shop.claim("ann"))["outcome"] == "granted"
    await shop.order("campaign.edit", campaign="c1", drops=[{"id": "d1", "stock": 2}])
    await shop.order("campaign.end", campaign="c1")
    assert await shop.claim("bob") == {"outcome": "not_open", "reason": "ended"}
    assert await changes(shop) == ["activated", "paused", "resumed", "exhausted", "edited", "ended"]
    versions = [data["campaign"]["version"] for kind, data in await shop.told() if kind == "campaign.changed"]
    assert versions == [2, 3, 4, 5, 6, 7]
    assert (await shop.node.rooms.room(ROOM)).snapshot.parts == {}
    history = await shop.node.value.coupons.campaigns.history(ROOM, "c1", 0, 50)
    assert [(step.version, step.command) for step in history][3:5] == [(4, "campaign.resume"), (5, "coupon.claim")]


async def test_exhausted_is_told_once_at_once_and_by_webhook(shop: Shop) -> None:
    await shop.campaign()
    await asyncio.gather(*(shop.claim(f"u{number}") for number in range(40)))
    assert (await changes(shop)).count("exhausted") == 1
    told = await shop.webhooks()
    assert [type_ for type_, _ in told].count("campaign.exhausted") == 1
    granted = [grant for type_, data in told if type_ == "coupon.granted" for grant in data["grants"]]
    assert len({grant["id"] for grant in granted}) == 10
    assert (await shop.stock())["c1"]["left"] == {"d1": 0}


async def test_stock_below_what_is_granted_is_refused_also_in_a_race(shop: Shop) -> None:
    await shop.campaign()
    taps = [shop.claim(f"u{number}") for number in range(8)]
    edits = [
        shop.order("campaign.edit", f"e{stock}", campaign="c1", drops=[{"id": "d1", "stock": stock}])
        for stock in (3, 5, 7)
    ]
    outcomes = await asyncio.gather(*taps[:4], *edits, *taps[4:], return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert all(isinstance(each, Refusal) and each.facts.get("state") == "granted" for each in refused)
    report = await shop.report()
    assert report.issued <= report.state.drops[0].stock


async def test_more_stock_opens_it_again_and_the_room_hears_it(shop: Shop) -> None:
    await shop.campaign(drops=[{"ends_at": START_MS + HOUR_MS, "stock": 1}])
    assert (await shop.claim("ann"))["outcome"] == "granted"
    assert (await shop.claim("bob"))["outcome"] == "sold_out"
    changed = await shop.order("campaign.edit", campaign="c1", drops=[{"id": "d1", "stock": 2}])
    assert changed["status"] == "active"
    await shop.told()
    assert (await shop.claim("bob", "k2"))["outcome"] == "granted"


async def test_a_drop_is_announced_with_its_moment(shop: Shop, clock: FakeClock) -> None:
    await shop.campaign(drops=[], ends_at=START_MS + HOUR_MS)
    await shop.order("campaign.add_drop", campaign="c1", in_s=10, lasts_s=30, stock=5)
    [announced] = [data for kind, data in await shop.told() if kind == "coupon.drop_announced"]
    drop = {"id": "d1", "starts_at": START_MS + 10_000, "ends_at": START_MS + 40_000, "stock": 5}
    assert announced == {"campaign": "c1", "name": "满减券", "drop": drop}
    assert (await shop.claim("ann"))["reason"] == "early"
    clock.advance(10_000)
    assert (await shop.claim("ann"))["outcome"] == "granted"


async def test_a_repeat_of_a_command_gets_its_first_answer(shop: Shop) -> None:
    await shop.campaign(drops=[], ends_at=START_MS + HOUR_MS)
    first = await shop.order("campaign.add_drop", "k", campaign="c1", stock=5)
    assert await shop.order("campaign.add_drop", "k", campaign="c1", stock=5) == first
    assert len((await shop.report()).state.drops) == 1
    with pytest.raises(Refusal) as refused:
        await shop.order("campaign.add_drop", "k", campaign="c1", stock=6)
    assert refused.value.code == ErrorCode.KEY_CONFLICT


async def test_changes_that_come_together_are_all_kept_each_with_its_history(shop: Shop) -> None:
    await shop.campaign()
    names = [f"n{number}" for number in range(5)]
    await asyncio.gather(*(shop.order("campaign.edit", name, campaign="c1", name=name) for name in names))
    history = await shop.node.value.coupons.campaigns.history(ROOM, "c1", 2, 50)
    assert [step.version for step in history] == [3, 4, 5, 6, 7]
    assert [step.from_state and step.from_state["name"] for step in history[1:]] == [
        step.to_state["name"] for step in history[:-1]
    ]


async def test_it_ends_by_itself_also_when_the_process_that_began_it_is_gone(shop: Shop, clock: FakeClock) -> None:
    await shop.campaign()
    clock.advance(HOUR_MS - 1)
    await shop.node.value.coupons._clock.look()
    assert await changes(shop) == ["activated"]
    clock.advance(1)
    for _ in range(2):
        await shop.node.value.coupons._clock.look()
    assert await changes(shop) == ["activated", "ended"]


async def test_creating_it_again_has_no_effect_and_another_one_of_its_id_is_refused(shop: Shop) -> None:
    await shop.campaign(activate=False)
    await shop.campaign(activate=False)
    with pytest.raises(Refusal) as refused:
        await shop.campaign(activate=False, name="别的")
    assert refused.value.facts == {"state": "exists", "field": "id"}
    reports, _ = await shop.node.value.coupons.campaigns.list_room(ROOM, None, 10)
    assert len(reports) == 1


async def test_campaigns_that_have_ended_take_no_place_from_new_ones(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveroom.rooms.value.coupons.campaigns.MOST_OPEN", 2)
    for number in range(3):
        await shop.campaign(id=f"c{number}")
        await shop.order("campaign.end", campaign=f"c{number}")
    await shop.campaign(id="draft", activate=False)
    await shop.campaign(id="open")
    with pytest.raises(Refusal) as refused:
        await shop.campaign(id="one_more", activate=False)
    assert refused.value.code == ErrorCode.OVERLOADED
    await shop.campaign(id="draft", activate=False)


async def test_campaigns_that_are_made_in_one_moment_are_not_too_many(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("liveroom.rooms.value.coupons.campaigns.MOST_OPEN", 2)
    made = [shop.campaign(id=f"c{at}", activate=False) for at in range(5)]
    answers = await asyncio.gather(*made, return_exceptions=True)
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == [ErrorCode.OVERLOADED] * 3


async def test_a_room_is_taken_up_with_what_it_shows_and_its_list_comes_page_by_page(
    shop: Shop, clock: FakeClock
) -> None:
    for id_ in ("over", "draft", "open", "paused"):
        clock.advance(1)
        await shop.campaign(id=id_, activate=id_ != "draft")
    await shop.order("campaign.end", campaign="over")
    await shop.order("campaign.pause", campaign="paused")
    coupons = shop.node.value.coupons
    async with shop.node.storage.database.read() as connection:
        shown = await coupons.campaigns._reader.list_shown(connection, ROOM)
    assert [state.id for state in shown] == ["open", "paused"]
    first, end = await coupons.campaigns.list_room(ROOM, None, 3)
    rest, last = await coupons.campaigns.list_room(ROOM, end, 3)
    assert ({report.state.id for report in first}, [report.state.id for report in rest], last) == (
        {"over", "paused", "open"},
        ["draft"],
        None,
    )


async def test_another_room_cannot_touch_it(shop: Shop) -> None:
    await shop.campaign()
    with pytest.raises(Refusal) as refused:
        await shop.node.value.coupons.campaigns.report("other", "c1")
    assert refused.value.code == ErrorCode.NOT_FOUND
