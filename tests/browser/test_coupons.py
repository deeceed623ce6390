"""Coupons and red packets: the host starts them, viewers take them, everybody sees what is left."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.notes import passes
from tests.browser.people import Host, Viewer
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]
Create = Callable[..., str]
HOUR_MS = 3_600_000
SALE: dict[str, Any] = {"kind": "fixed", "amount": 500}
PACKET: dict[str, Any] = {"kind": "random", "min": 10, "max": 2000}


@pytest.fixture
def campaign(server: Server, room: str) -> Create:
    """Creates a campaign of the room through the API, as a draft."""

    def create(*, value: dict[str, Any] = SALE, stock: int = 10, **facts: Any) -> str:
        now_ms = time.time_ns() // 1_000_000
        drop: dict[str, Any] = {"ends_at": now_ms + HOUR_MS, "stock": stock}
        if value["kind"] == "random":
            drop |= {"pot": stock * 500, "starts_at": now_ms + HOUR_MS - 1}
        body = {"id": f"sale_{room.replace('-', '_')}", "name": "Spring", "currency": "CNY", "valid_s": 3600}
        body |= {"value": value, "drops": [drop], "ends_at": now_ms + 2 * HOUR_MS}
        server.call("POST", f"/rooms/{room}/campaigns", **(body | facts))
        return str(body["id"])

    return create


async def _open_sheet(person: Viewer) -> Locator:
    await person.page.click(".ticket-pill")
    return person.page.locator(".coupon-sheet .ticket[data-offer]").first


async def test_host_launches_a_rain_a_viewer_takes_a_packet_and_the_host_sees_the_stock_fall(
    live_host: Host, viewer: Enter, campaign: Create
) -> None:
    campaign(value=PACKET, per_user=20)
    await live_host.page.reload()
    ann = await viewer("Ann", reduced_motion="no-preference")
    card = await live_host.deal("Spring")
    await card.locator("[data-does=activate]").click()
    await expect(ann.page.locator(".ticket-pill")).to_be_visible()

    await card.locator("summary").click()
    await card.locator("[name=stock]").fill("40")
    await card.locator("[name=pot]").fill("100")
    await card.locator("[name=in_s]").select_option("10")
    await card.locator("form .primary").click()
    await passes(ann.page, "headline", "about to fall")
    await ann.page.locator(".packet").first.dispatch_event("pointerdown")
    await expect(ann.page.locator(".prize .sum")).to_contain_text("¥")
    await expect(card.locator("[data-drop=d2]")).to_contain_text("39 of 40 left")

    await ann.page.click(".prize .primary")
    await expect(ann.page.locator(".rain")).to_have_count(0)
    await ann.page.click(".ticket-pill")
    await expect(ann.page.locator("[data-grants] .ticket")).to_have_count(1)


async def test_who_comes_too_late_is_told_that_all_are_gone(live_host: Host, viewer: Enter, campaign: Create) -> None:
    campaign(stock=1)
    await live_host.page.reload()
    card = await live_host.deal("Spring")
    await card.locator("[data-does=activate]").click()
    ann, ben = await viewer("Ann"), await viewer("Ben")

    ticket = await _open_sheet(ann)
    late = await _open_sheet(ben)
    await ticket.locator(".take").click()
    await expect(ticket.locator(".outcome[data-good]")).to_contain_text("You got it")
    await expect(late).to_have_attribute("data-phase", "sold_out")
    await expect(late.locator(".take")).to_have_text("All gone")
    await expect(late.locator(".take")).to_be_disabled()
    await expect(card.locator(".status")).to_have_text("All gone")


async def test_who_may_not_take_one_reads_which_rule_does_not_hold(
    live_host: Host, viewer: Enter, campaign: Create
) -> None:
    campaign(audience={"level_min": 50})
    await live_host.page.reload()
    await (await live_host.deal("Spring")).locator("[data-does=activate]").click()
    ann = await viewer("Ann")

    ticket = await _open_sheet(ann)
    await ticket.locator(".take").click()
    await expect(ticket.locator(".outcome")).to_contain_text("From level 50")


async def test_pause_resume_and_end_reach_the_viewers(live_host: Host, viewer: Enter, campaign: Create) -> None:
    campaign()
    await live_host.page.reload()
    card = await live_host.deal("Spring")
    await card.locator("[data-does=activate]").click()
    ann = await viewer("Ann")
    ticket = await _open_sheet(ann)
    await expect(ticket.locator(".take")).to_be_enabled()

    await card.locator("[data-does=pause]").click()
    await expect(ticket.locator(".take")).to_have_text("Paused")
    await card.locator("[data-does=resume]").click()
    await expect(ticket.locator(".take")).to_have_text("Take")
    await card.locator("[data-does=end]").click()
    await live_host.page.click("dialog.ask .danger")
    await expect(ticket).to_have_count(0)
    await expect(card).to_have_count(0)


async def test_press_on_a_button_of_a_campaign_counts_when_a_coupon_is_taken_meanwhile(
    live_host: Host, viewer: Enter, campaign: Create
) -> None:
    campaign()
    await live_host.page.reload()
    card = await live_host.deal("Spring")
    await card.locator("[data-does=activate]").click()
    ticket = await _open_sheet(await viewer("Ann"))
    await card.locator("[data-does=pause]").hover()
    await live_host.page.mouse.down()

    await ticket.locator(".take").click()
    await expect(card.locator(".kind")).to_contain_text("1 taken")
    await live_host.page.mouse.up()
    await expect(card.locator("[data-does=resume]")).to_be_visible()


async def test_press_on_take_counts_when_another_takes_one_meanwhile(
    live_host: Host, viewer: Enter, campaign: Create
) -> None:
    campaign()
    await live_host.page.reload()
    await (await live_host.deal("Spring")).locator("[data-does=activate]").click()
    ann, ben = await viewer("Ann"), await viewer("Ben")
    await expect(ann.page.locator(".ticket-pill")).to_be_visible()
    ticket = await _open_sheet(ben)
    await ticket.locator(".take").hover()
    await ben.page.mouse.down()

    await (await _open_sheet(ann)).locator(".take").click()
    await expect(ticket.locator(".left")).to_contain_text("9")
    await ben.page.mouse.up()
    await expect(ticket.locator(".outcome[data-good]")).to_contain_text("You got it")


async def test_a_coupon_stays_with_its_owner_and_follows_what_the_shop_does(
    live_host: Host, viewer: Enter, campaign: Create, server: Server
) -> None:
    campaign()
    await live_host.page.reload()
    await (await live_host.deal("Spring")).locator("[data-does=activate]").click()
    ann = await viewer("Ann")
    await (await _open_sheet(ann)).locator(".take").click()
    await expect(ann.page.locator("[data-grants] .ticket")).to_have_count(1)

    await ann.page.reload()
    await ann.is_in()
    await ann.page.click(".ticket-pill")
    mine = ann.page.locator("[data-grants] .ticket")
    await expect(mine).to_contain_text("Ready to use")
    grant = await mine.locator("code").inner_text()
    server.call("POST", f"/grants/{grant}/redeem", order="o-1")
    await expect(mine).to_contain_text("Used")


async def test_rain_without_motion_is_one_packet_that_opens_by_keyboard(
    live_host: Host, open_page: OpenPage, room: str, campaign: Create
) -> None:
    campaign(value=PACKET, per_user=20)
    await live_host.page.reload()
    card = await live_host.deal("Spring")
    await card.locator("[data-does=activate]").click()
    page = await open_page(f"/room/{room}", reduced_motion="reduce")
    ann = Viewer(page)
    await ann.enter("Ann")

    await card.locator("summary").click()
    await card.locator("[name=in_s]").select_option("5")
    await card.locator("form .primary").click()
    await expect(page.locator(".packet")).to_have_count(1)
    assert await page.evaluate("document.getAnimations().length") == 0
    await page.focus(".rain .grab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".prize .sum")).to_contain_text("¥")
    await expect(page.locator(".prize .primary")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".rain")).to_have_count(0)


async def test_a_pot_that_cannot_be_shared_out_is_told_before_it_is_sent(live_host: Host, campaign: Create) -> None:
    campaign(value=PACKET)
    await live_host.page.reload()
    card = await live_host.deal("Spring")
    await card.locator("[data-does=activate]").click()

    await card.locator("summary").click()
    await card.locator("[name=stock]").fill("10")
    await card.locator("[name=pot]").fill("0.5")
    await card.locator("form .primary").click()
    await expect(card.locator("form .problem")).to_have_text("The pot has to be between ¥1 and ¥200")
