"""A press counts, also when something in what is pressed, or beside it, changes between finger down and finger up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, expect

from tests.browser.conftest import OpenPage, Watch
from tests.browser.people import Host, Viewer, hold_back
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]


def _product(price: int) -> dict[str, object]:
    return {"title": "Linen shirt", "variants": [{"id": "v1", "name": "M", "price": price, "left": 30}]}


async def _put_down(button: Locator) -> None:
    """The finger is on it, and not up yet."""
    await button.hover()
    await button.page.mouse.down()


async def test_on_the_audience_while_somebody_comes(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")
    await expect(ann.page.locator(".audience .faces i")).to_have_count(1)
    await _put_down(ann.page.locator(".audience .faces"))

    await viewer("Ben")
    await expect(ann.page.locator("[data-viewers]")).to_have_text("2")
    await ann.page.mouse.up()
    await expect(ann.page.locator(".people-sheet")).to_be_visible()


async def test_on_the_audience_before_its_part_has_come(open_page: OpenPage, server: Server, room: str) -> None:
    page = await open_page("/")
    late = await hold_back(page, "viewer/activities.js")
    await page.goto(f"{server.address}/room/{room}#token={server.token('u-ann', name='Ann')}")
    await Viewer(page).is_in()
    await page.click(".audience")

    late.set()
    await expect(page.locator(".people-sheet .people li")).to_have_count(1)


async def test_on_a_product_while_another_and_what_is_explained_get_new_prices(
    live_host: Host, viewer: Enter, server: Server, room: str
) -> None:
    for product in ("shirt", "scarf"):
        server.call("PUT", f"/rooms/{room}/shelf/{product}", **_product(9_900))
    server.call("POST", f"/rooms/{room}/shelf/scarf/explain")
    page = (await viewer("Ann")).page
    await _put_down(page.locator(".explained-card .primary"))
    server.call("PATCH", f"/rooms/{room}/shelf/scarf", variants=[{"id": "v1", "price": 8_900}])
    await expect(page.locator(".explained-card .price b")).to_have_text("¥89")
    await page.mouse.up()
    await expect(page.locator(".shelf-sheet")).to_be_visible()

    await _put_down(page.locator("[data-product=shirt] .favour"))
    server.call("PATCH", f"/rooms/{room}/shelf/scarf", variants=[{"id": "v1", "price": 7_900}])
    await expect(page.locator("[data-product=scarf] .price b")).to_have_text("¥79")
    await page.mouse.up()
    await expect(page.locator("[data-product=shirt] .favour small")).to_have_text("1")


async def test_at_the_hosts_shelf_while_viewers_choose_favourites(
    live_host: Host, watch: Watch, server: Server, room: str
) -> None:
    server.call("PUT", f"/rooms/{room}/shelf/shirt", **_product(9_900))
    ann = await watch(room, "Ann")
    await live_host.tab("shelf")
    good = live_host.page.locator(".goods .act")
    await _put_down(good.locator("[data-does='shelf.explain']"))

    await ann.click(".bag")
    await ann.click(".favour")
    await expect(good).to_contain_text("1 favourites")
    await live_host.page.mouse.up()
    await expect(ann.locator(".explained-card")).to_be_visible()


async def test_in_the_queue_for_the_stage_while_the_queue_moves(live_host: Host, watch: Watch, room: str) -> None:
    ann, ben = await watch(room, "Ann"), await watch(room, "Ben")
    for page in (ann, ben):
        await page.click(".stage-chip")
        await page.click("[data-does=apply]")
        await expect(page.locator(".guest-place")).to_be_visible()
    await _put_down(ben.locator("[data-does=cancel]"))

    await ann.click("[data-does=cancel]")
    await expect(ben.locator(".guest-place")).to_contain_text("No. 1")
    await ben.mouse.up()
    await expect(ben.locator("[data-does=apply]")).to_be_visible()


async def test_at_the_front_door_while_the_list_of_rooms_is_read_again(
    open_page: OpenPage, watch: Watch, server: Server, room: str
) -> None:
    server.call("POST", f"/rooms/{room}/go_live")
    page = await open_page("/")
    line = page.locator(".room", has_text=room)
    await _put_down(line.locator("a", has_text="Watch"))

    await watch(room, "Ann")
    await expect(line).to_contain_text("1 watching")
    await page.mouse.up()
    await page.wait_for_url(f"**/room/{room}")
