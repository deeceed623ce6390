"""Gifts and orders: what one viewer gives all see, with the total of the combo; the host sees whom to thank."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from liveroom.rooms.messages.campaign import CampaignStatus, Rule
from liveroom.rooms.messages.coupon import Closed, GrantStatus
from liveroom.rooms.messages.gift import GiftOutcome
from tests.browser.conftest import OpenPage
from tests.browser.notes import passes
from tests.browser.people import Host, Viewer
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]
ROSE = {"names": {"zh": "玫瑰", "en": "Rose"}, "price": 10, "effect": "float", "combo_window_ms": 20_000, "icon": "🌹"}
CAKE = {"names": {"zh": "蛋糕", "en": "Cake"}, "price": 660, "effect": "full", "combo_window_ms": 0, "icon": "🎂"}


@pytest.fixture(scope="module", autouse=True)
def gifts(server: Server) -> None:
    """A rose, which can be given again and again, and a cake."""
    server.call("PUT", "/gifts/rose", **ROSE)
    server.call("PUT", "/gifts/cake", **CAKE)


async def _give(page: Page, gift: str) -> None:
    await page.click(".round.gift")
    await page.click(f"[data-gift={gift}]")
    await page.click(".gift-drawer .primary")


async def test_combo_counts_up_for_everybody_and_the_host_reads_its_total(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    await live_host.tab("gifts")

    await _give(ann.page, "rose")
    await expect(ann.page.locator(".combo")).to_be_visible()
    for _ in range(3):
        await ann.page.click(".combo")
    await passes(ben.page, "banner", "Ann", "×4")
    given = live_host.page.locator(".given", has_text="Ann")
    await expect(given).to_contain_text("×4")
    await expect(given).to_contain_text("40 coins")
    await expect(live_host.page.locator("[data-gift=amount]")).to_have_text("40 coins")


async def test_top_givers_are_ranked_for_the_show_and_over_all(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")

    await _give(ann.page, "rose")
    await _give(ben.page, "cake")
    lines = ann.page.locator(".rank-sheet .ranks li")
    await ann.page.click(".rank-chip")
    await expect(lines).to_have_count(2)
    await expect(lines.first).to_contain_text("Ben")
    await expect(lines.first).to_contain_text("660 coins")
    await expect(ann.page.locator(".ranks [data-me]")).to_contain_text("Ann")
    await ann.page.click("[data-ranks=overall]")
    await expect(lines.first).to_contain_text("Ben")


async def test_host_thanks_a_giver_by_name(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")
    await _give(ann.page, "cake")

    await live_host.tab("gifts")
    await live_host.page.locator(".given button").click()
    await live_host.page.keyboard.press("Enter")
    await expect(ann.sent("thank you for the gift!").locator("mark")).to_have_text("@Ann")


async def test_gift_drawer_works_by_keyboard_and_gives_the_focus_back(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")

    await expect(ann.page.locator(".round.gift")).to_be_visible()
    await ann.page.focus(".round.gift")
    await ann.page.keyboard.press("Enter")
    await ann.page.focus(".gift-grid [aria-checked=true]")
    await ann.page.keyboard.press("ArrowRight")
    await expect(ann.page.locator(".gift-grid [aria-checked=true]")).to_be_focused()
    await ann.page.keyboard.press("Escape")
    await expect(ann.page.locator(".gift-drawer")).to_be_hidden()
    await expect(ann.page.locator(".round.gift")).to_be_focused()


async def test_gifts_wait_for_the_show(host: Host, viewer: Enter) -> None:
    await host.open()
    ann = await viewer("Ann")
    await expect(ann.page.locator(".round.gift")).to_be_disabled()

    await host.go_live()
    await expect(ann.page.locator(".round.gift")).to_be_enabled()


async def test_order_is_shown_in_the_room_and_listed_for_the_host(
    live_host: Host, viewer: Enter, server: Server, room: str
) -> None:
    ann = await viewer("Ann")
    item = {"product": "p-1", "title": "Linen shirt", "count": 2, "amount": 19_900}
    order = {"order_id": f"o-{room}", "user_id": "u-1", "items": [item], "amount": 39_800, "currency": "CNY"}
    server.call("POST", f"/rooms/{room}/orders", name="Dora", **order)

    await expect(ann.page.locator(".comments .ordered")).to_contain_text("Linen shirt")
    await live_host.tab("deals")
    await expect(live_host.page.locator(".orders li")).to_contain_text("Linen shirt ×2")
    await expect(live_host.page.locator(".orders li")).to_contain_text("¥398")


async def test_every_answer_of_the_server_has_words_in_both_languages(open_page: OpenPage) -> None:
    page = await open_page("/docs")
    wanted = {f"rule.{rule}" for rule in Rule} | {f"claim.not_open_{reason}" for reason in Closed}
    wanted |= {f"grant.{status}" for status in GrantStatus if status is not GrantStatus.RELEASED}
    wanted |= {f"gift.{outcome}" for outcome in GiftOutcome} | {f"campaign.{status}" for status in CampaignStatus}

    for language in ("zh", "en"):
        keys = await page.evaluate(f"import('/web/texts_{language}.js').then((module) => Object.keys(module.texts))")
        assert wanted <= set(keys)
