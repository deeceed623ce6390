"""Draws: viewers enter by a tap or a word, the winners are told to all, and anybody can check them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import httpx
import pytest
from playwright.async_api import Page, expect

from liveroom.rooms.rules.proof import Proof, find_faults
from tests.browser.notes import passes
from tests.browser.people import Host, Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]


async def _open(page: Page, prize: str, keyword: str | None = None) -> None:
    await page.click(".new-lottery summary")
    await page.locator(".new-lottery [name=prize]").fill(prize)
    if keyword:
        await page.select_option(".new-lottery [name=how]", "comment")
        await page.fill(".new-lottery [name=keyword]", keyword)
    await page.click(".new-lottery .primary")


async def test_viewers_enter_a_draw_and_read_who_won_and_how_to_check_it(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")
    await live_host.tab("play")

    await _open(live_host.page, "Scarf")
    draw = ann.page.locator(".front .lottery")
    await expect(draw.locator(".prizes")).to_have_text("Scarf")
    await draw.locator(".primary").click()
    await expect(draw.locator(".receipt")).to_have_text("You are in, number 1")
    await expect(live_host.page.locator(".lotteries .entered")).to_have_text("1 entered")
    await draw.locator("footer .link").click()
    command = await ann.page.locator(".proof-sheet .command code").inner_text()
    commitment = re.search(r"--commitment (\w{64}) --ticket", command)
    assert commitment
    await ann.page.keyboard.press("Escape")

    await live_host.page.click(".lotteries [data-does=draw]")
    await expect(draw.locator(".own-result[data-won]")).to_have_text("You won: Scarf")
    await expect(ben.page.locator(".front .winners")).to_contain_text("Ann")
    await expect(live_host.page.locator(".lotteries .won")).to_contain_text("Ann")
    await draw.locator("footer .link").click()
    await expect(ann.page.locator(".proof-sheet dd")).to_have_count(4)
    address = await ann.page.get_attribute(".proof-sheet a", "href")
    assert address
    async with httpx.AsyncClient() as http:
        proof = Proof.model_validate_json((await http.get(address, timeout=10)).content)
    assert find_faults(proof, commitment[1]) == []
    await live_host.page.click(".lotteries [data-does=hide]")
    await expect(draw).to_have_count(0)

    await _open(live_host.page, "Mug", keyword="tea")
    await ben.page.locator(".front .lottery .primary").click()
    await expect(ann.sent("tea")).to_contain_text("Ben")
    await expect(ben.page.locator(".front .receipt")).to_have_text("You are in, number 1")
    await live_host.page.click(".lotteries [data-does=cancel]")
    await live_host.page.click("dialog.ask .danger")
    await expect(ben.page.locator(".front > *")).to_have_count(0)
    await passes(ben.page, "news", "cancelled")
