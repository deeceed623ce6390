"""What holds for every page: two languages, small screens, little motion, nothing from elsewhere, labels for all."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from liveroom.realtime.catalogue import catalogue
from tests.browser.conftest import OpenPage
from tests.browser.people import Host, Viewer
from tests.support.server import Server, running_server

PATHS = ("/", "/room/{room}", "/host/{room}", "/docs")
UNLABELLED = """() => [...document.querySelectorAll("button, a, input, textarea")].filter((node) => {
  const label = node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.[0]?.textContent.trim();
  return node.offsetParent && !label;
}).map((node) => node.outerHTML)"""


async def _settled(page: Page) -> None:
    await expect(page.locator("html")).to_have_attribute("lang", re.compile("en|zh-CN"))
    await page.wait_for_load_state("networkidle") if "/room/" not in page.url and "/host/" not in page.url else None


@pytest.mark.parametrize("path", PATHS)
async def test_page_asks_nothing_of_other_hosts_and_breaks_no_policy(
    open_page: OpenPage, server: Server, room: str, path: str
) -> None:
    page = await open_page("/docs")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    answer = await page.goto(server.address + path.format(room=room))
    await _settled(page)
    assert answer
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{server.port}"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("width", [320, 430, 1440])
async def test_page_fits_the_screen_without_scrolling_sideways(
    open_page: OpenPage, room: str, path: str, width: int
) -> None:
    page = await open_page(path.format(room=room), viewport={"width": width, "height": 700})
    await _settled(page)

    assert await page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PATHS)
async def test_every_control_has_a_name(live_host: Host, open_page: OpenPage, room: str, path: str) -> None:
    page = await open_page(path.format(room=room))
    if path == "/room/{room}":
        await Viewer(page).enter("Ann")
    await _settled(page)

    assert await page.evaluate(UNLABELLED) == []


@pytest.mark.parametrize("path", PATHS)
async def test_page_speaks_the_browsers_language_and_switches(open_page: OpenPage, room: str, path: str) -> None:
    page = await open_page(path.format(room=room), locale="zh-CN")
    html = page.locator("html")
    await expect(html).to_have_attribute("lang", "zh-CN")

    if path == "/room/{room}":
        await Viewer(page).enter("小雨")
    await page.click("[data-switch-language]")
    await expect(html).to_have_attribute("lang", "en")
    await page.reload()
    await expect(html).to_have_attribute("lang", "en")


async def test_who_wants_less_motion_gets_a_still_page(live_host: Host, open_page: OpenPage, room: str) -> None:
    page = await open_page(f"/room/{room}", reduced_motion="reduce")
    ann = Viewer(page)
    await ann.enter("Ann")
    await page.click(".like")
    await live_host.say("hello")
    await expect(ann.sent("hello")).to_be_visible()

    assert await page.evaluate("document.getAnimations().length") == 0
    assert await page.locator(".hearts i").count() == 0


async def test_languages_have_the_same_texts(open_page: OpenPage) -> None:
    page = await open_page("/docs")
    keys = "import('/web/texts_{}.js').then((module) => Object.keys(module.texts).sort())"

    zh, en = await page.evaluate(keys.replace("{}", "zh")), await page.evaluate(keys.replace("{}", "en"))
    assert zh == en
    assert len(zh) > 100


async def test_docs_show_every_command_and_event_and_find_them(open_page: OpenPage) -> None:
    page = await open_page("/docs")
    await expect(page.locator("#commands .entry").first).to_be_visible()

    assert set(await page.locator("#commands h3").all_inner_texts()) == set(catalogue.commands)
    assert set(await page.locator("#events h3").all_inner_texts()) == set(catalogue.events)
    await page.fill("input[type=search]", "value_card shown")
    await expect(page.locator(".entry:visible")).to_have_count(1)
    await page.fill("input[type=search]", "no such thing at all")
    await expect(page.locator(".none[role=status]")).to_be_visible()


async def test_front_door_lists_the_rooms_of_the_demo(live_host: Host, open_page: OpenPage, room: str) -> None:
    page = await open_page("/")
    line = page.locator(".room", has_text=room)
    await expect(line).to_contain_text("Live")

    await line.locator("a", has_text="Watch").click()
    await Viewer(page).enter("Ann")


async def test_outside_the_demo_pages_ask_for_a_room_and_a_token(open_page: OpenPage) -> None:
    with running_server() as plain:
        page = await open_page("/", base=plain.address, allow="404")
        await page.fill("#room-name", "evening")
        await page.click("button[value=room]")
        await page.click(".entry .primary")
        await expect(page.locator("#entry-token")).to_be_visible()

        await page.goto(f"{plain.address}/host/evening")
        await expect(page.locator("dialog.token input")).to_be_visible()
