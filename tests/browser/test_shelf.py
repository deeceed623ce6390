"""The shelf: the host puts goods on it and explains one, viewers look, pick a favourite, and see prices change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser.people import Host, Viewer
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]


async def test_what_the_host_puts_on_the_shelf_and_explains_viewers_see_and_like(
    live_host: Host, viewer: Enter, server: Server, room: str
) -> None:
    ann = await viewer("Ann")
    await live_host.tab("shelf")
    desk = live_host.page
    await expect(ann.page.locator(".bag")).to_be_hidden()

    await desk.click(".new-product summary")
    await desk.fill(".new-product [name=title]", "Linen shirt")
    await desk.fill(".new-product [name=price]", "99.5")
    await desk.fill(".new-product [name=stock]", "3")
    await desk.fill(".new-product [name=facts]", "Material: pure linen")
    await desk.click(".new-product .primary")
    good = desk.locator(".goods .act", has_text="Linen shirt")
    await good.locator("[data-does='shelf.explain']").click()

    now = ann.page.locator(".explained-card")
    await expect(now).to_contain_text("Linen shirt")
    await expect(now).to_contain_text("¥99.50")
    await now.locator(".primary").click()
    product = ann.page.locator(".product", has_text="Linen shirt")
    await expect(product.locator(".variants li")).to_contain_text("3 left")
    await expect(product.locator(".facts")).to_have_text("Materialpure linen")
    await product.locator(".favour").click()
    await expect(product.locator(".favour[aria-pressed=true] small")).to_have_text("1")
    await expect(good).to_contain_text("1 favourites")

    name = await good.get_attribute("data-product")
    variants = [{"id": "v1", "price": 7900, "left": 0}]
    server.call("PATCH", f"/rooms/{room}/shelf/{name}", variants=variants)
    await expect(product.locator(".price b")).to_have_text("¥79")
    await expect(product).to_have_attribute("data-stock", "sold_out")
    await ann.page.keyboard.press("Escape")
    await good.locator("[data-does='shelf.rest']").click()
    await expect(now).to_have_count(0)
    await good.locator("[data-does='product.hide']").click()
    await expect(ann.page.locator(".bag")).to_be_hidden()
