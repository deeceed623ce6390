"""What comes late moves no control: a press meets what was seen at its place, however slowly the page comes."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.people import Viewer, hold_back
from tests.support.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHIRT = {"title": "Linen shirt", "variants": [{"id": "v1", "name": "M", "price": 9900, "left": 3}]}
LATE = ("gifts", "activities", "coupons", "guest")
MARK = """() => {
  const controls = "button, a, input, select, summary";
  const under = ([x, y]) => document.elementFromPoint(x, y)?.closest(controls);
  const middle = ({ x, y, width, height }) => [x + width / 2, y + height / 2];
  const seen = [...document.querySelectorAll(controls)].map((node) => [node, middle(node.getBoundingClientRect())]);
  const marked = seen.filter(([node, at]) => under(at) === node);
  globalThis.astray = () => marked.filter(([node, at]) => under(at) !== node).map(([node]) => node.outerHTML);
  return marked.length;
}"""
"""Note where each control that is in sight can be pressed; `astray` tells of those that are not there any more."""


async def _mark(page: Page, *, at_least: int) -> None:
    assert await page.evaluate(MARK) >= at_least


async def _nothing_is_astray(page: Page) -> None:
    assert await page.evaluate("astray()") == []


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("act", ["open", "go_live"])
async def test_nothing_in_the_room_is_pushed_away_by_parts_that_come_late(
    open_page: OpenPage, server: Server, room: str, screen: dict[str, int], act: str
) -> None:
    server.call("POST", f"/rooms/{room}/{act}")
    server.call("PUT", f"/rooms/{room}/shelf/shirt", **SHIRT)
    page = await open_page("/", viewport=screen)
    late = [await hold_back(page, f"viewer/{module}.js") for module in LATE]
    await page.goto(f"{server.address}/room/{room}#token={server.token('u-ann', name='Ann')}")
    await Viewer(page).is_in()
    await _mark(page, at_least=6)

    for part in late:
        part.set()
    for part in (".round.gift", ".stage-chip", ".bag"):
        await expect(page.locator(part)).to_be_visible()
    await _nothing_is_astray(page)


async def test_nothing_is_pushed_away_where_no_gifts_are_given(open_page: OpenPage) -> None:
    with running_server() as plain:
        plain.create_room("evening")
        page = await open_page("/", base=plain.address, allow=("404",))
        late = await hold_back(page, "viewer/gifts.js")
        await page.goto(f"{plain.address}/room/evening#token={plain.token('u-ann', name='Ann')}")
        await Viewer(page).is_in()
        await _mark(page, at_least=6)

        late.set()
        await expect(page.locator(".round.gift")).to_have_attribute("hidden", "")
        await _nothing_is_astray(page)
        await page.close()
