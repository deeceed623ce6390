"""Who is here and where one stands: the audience, the fan club and its badge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser.people import Host, Viewer

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]


async def test_viewer_sees_who_is_here_joins_the_fan_club_and_wears_its_badge(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")

    await expect(ann.page.locator("[data-viewers]")).to_have_text("2")
    await ann.page.click(".audience")
    sheet = ann.page.locator(".people-sheet")
    await expect(sheet.locator(".people li")).to_have_count(2)
    await sheet.locator(".own-club button").click()
    await expect(sheet.locator(".own-club")).to_contain_text("Fan club level")
    await sheet.locator("[data-list=club]").click()
    await expect(sheet.locator(".people li")).to_contain_text("Ann")
    await expect(ben.page.locator(".entered", has_text="joined the fan club")).to_contain_text("Ann")

    await ann.page.keyboard.press("Escape")
    await expect(ann.page.locator(".audience")).to_be_focused()
    await ann.say("hello all")
    await expect(ben.sent("hello all").locator(".club")).to_be_visible()
