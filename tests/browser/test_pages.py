"""What holds for every page: two languages, small screens, little motion, nothing from elsewhere, labels for all."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

import liveroom.rooms.messages  # noqa: F401 - declares what rooms speak
from liveroom.realtime.catalogue import catalogue
from liveroom.rooms.scene_files import load_scenes
from tests.browser.conftest import OpenPage
from tests.browser.people import Host, Viewer
from tests.support.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNLABELLED = """() => [...document.querySelectorAll("button, a, input, textarea")].filter((node) => {
  const label = node.getAttribute("aria-label") || node.innerText.trim() || node.labels?.[0]?.innerText.trim();
  return node.offsetParent && !label;
}).map((node) => node.outerHTML)"""
WEIGHTS = """() => performance.getEntries()
  .filter((entry) => "transferSize" in entry && !entry.name.endsWith(".json"))
  .map((entry) => entry.transferSize)"""
GAP = """() => {
  const [bar, main] = [".bar", "main"].map((part) => document.querySelector(part).getBoundingClientRect());
  return main.top - bar.bottom;
}"""
HIDDEN = "document.querySelector('.rail').scrollWidth - document.querySelector('.rail').clientWidth"
READY = {
    "/": "main:has(.rooms li), .by-name:not([hidden])",
    "/room/{room}": "dialog.entry[open]",
    "/host/{room}": ".title-form h1:not(:empty)",
    "/docs": "#http .entry",
}
PATHS = tuple(READY)


async def _ready(page: Page, path: str) -> None:
    await expect(page.locator(READY[path]).first).to_be_visible()


@pytest.mark.parametrize("path", PATHS)
async def test_page_asks_nothing_of_other_hosts_and_breaks_no_policy(
    open_page: OpenPage, server: Server, room: str, path: str
) -> None:
    page = await open_page("/docs")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    answer = await page.goto(server.address + path.format(room=room))
    assert answer
    await _ready(page, path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{server.port}"}


@pytest.mark.parametrize("path", PATHS)
async def test_page_fits_every_screen_without_scrolling_sideways(
    open_page: OpenPage, server: Server, room: str, path: str
) -> None:
    server.call("PATCH", f"/rooms/{room}", title="An evening of cashmere, linen and silk 秋季上新专场")
    page = await open_page(path.format(room=room))
    await _ready(page, path)

    if path == "/room/{room}":
        await Viewer(page).enter("Ann")
    for width in (320, 390, 430, 768, 1440):
        await page.set_viewport_size({"width": width, "height": 700})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        if path == "/host/{room}":
            assert await page.evaluate(GAP) < 1


async def test_all_that_waits_is_in_sight_on_the_smallest_phone(open_page: OpenPage, server: Server, room: str) -> None:
    server.call("POST", f"/rooms/{room}/go_live")
    page = await open_page(f"/room/{room}", viewport={"width": 320, "height": 568})
    await Viewer(page).enter("Ann")
    await Viewer(page).say("When does it ship?")
    server.call("POST", f"/rooms/{room}/topics", text="This one?", opinions=[{"text": "Yes"}])
    server.call("POST", f"/rooms/{room}/lotteries", title="Draw", prizes=[{"name": "Scarf"}], lasts_s=60)
    for question in ("Which?", "How?", "When?"):
        server.call("POST", f"/rooms/{room}/polls", question=question, choices=["This", "That"], lasts_s=60)

    await expect(page.locator(".asked")).to_be_visible()
    await expect(page.locator(".rail [data-chip]")).to_have_count(4)
    assert await page.evaluate(HIDDEN) <= 0


@pytest.mark.parametrize("path", PATHS)
async def test_every_control_has_a_name(live_host: Host, open_page: OpenPage, room: str, path: str) -> None:
    page = await open_page(path.format(room=room))
    if path == "/room/{room}":
        await Viewer(page).enter("Ann")
    else:
        await _ready(page, path)

    assert await page.evaluate(UNLABELLED) == []


@pytest.mark.parametrize("path", PATHS)
async def test_page_speaks_the_browsers_language_and_switches(open_page: OpenPage, room: str, path: str) -> None:
    page = await open_page(path.format(room=room), locale="zh-CN")
    html = page.locator("html")
    await expect(html).to_have_attribute("lang", "zh-CN")

    if path == "/room/{room}":
        await Viewer(page).enter("小雨")
    switch = page.locator("[data-switch-language]")
    await expect(switch).to_have_attribute(
        "aria-label", re.compile(".")
    )  # the page has its texts, and its buttons work
    await switch.click()
    await expect(html).to_have_attribute("lang", "en")
    await page.reload()
    await expect(html).to_have_attribute("lang", "en")


@pytest.mark.parametrize("path", PATHS)
async def test_page_with_all_its_parts_weighs_less_than_100_kb(open_page: OpenPage, room: str, path: str) -> None:
    page = await open_page(path.format(room=room))
    await _ready(page, path)

    assert 5_000 < sum(await page.evaluate(WEIGHTS)) < 100_000


async def test_who_wants_less_motion_gets_a_still_page(live_host: Host, open_page: OpenPage, room: str) -> None:
    page = await open_page(f"/room/{room}", reduced_motion="reduce")
    ann = Viewer(page)
    await ann.enter("Ann")
    await page.click(".like")
    await live_host.say("hello")
    await expect(ann.sent("hello")).to_be_visible()

    assert await page.evaluate("document.getAnimations().length") == 0
    assert await page.locator(".hearts i").count() == 0


async def test_languages_have_the_same_texts_with_one_for_each_reason_of_a_cue(open_page: OpenPage) -> None:
    page = await open_page("/docs")
    keys = "import('/web/texts_{}.js').then((module) => Object.keys(module.texts).sort())"

    zh, en = await page.evaluate(keys.replace("{}", "zh")), await page.evaluate(keys.replace("{}", "en"))
    assert zh == en
    reasons = {f"reason.{rule.name}" for scene in load_scenes(None).values() for rule in scene.cue}
    assert reasons
    assert reasons <= set(zh)


async def test_docs_show_every_command_and_event_and_find_them(open_page: OpenPage) -> None:
    page = await open_page("/docs")
    await expect(page.locator("#commands .entry").first).to_be_visible()

    assert set(await page.locator("#commands h3").all_inner_texts()) == set(catalogue.commands)
    assert set(await page.locator("#events h3").all_inner_texts()) == set(catalogue.events)
    await page.fill("input[type=search]", "value_card shown")
    await expect(page.locator("#commands h3", has_text="comment.send")).to_be_hidden()
    await expect(page.locator("#events h3", has_text="value_card.shown")).to_be_visible()
    await page.fill("input[type=search]", "zebra quagga")
    await expect(page.locator(".none[role=status]")).to_be_visible()


async def test_front_door_lists_the_rooms_of_the_demo(live_host: Host, open_page: OpenPage, room: str) -> None:
    page = await open_page("/")
    line = page.locator(".room", has_text=room)
    await expect(line).to_contain_text("Live")

    await line.locator("a", has_text="Watch").click()
    await Viewer(page).enter("Ann")


async def test_outside_the_demo_pages_ask_for_a_room_and_a_token(open_page: OpenPage) -> None:
    with running_server() as plain:
        page = await open_page("/", base=plain.address, allow=("404",))
        await expect(page.locator(".rooms .note")).to_be_empty()
        await page.fill("#room-name", "evening")
        await page.click("button[value=room]")
        await page.click(".entry .primary")
        await expect(page.locator("#entry-token")).to_be_visible()
        await page.click(".entry .primary")
        await expect(page.locator(".centre-line")).to_have_text("There is no such room.")

        await page.goto(f"{plain.address}/host/evening")
        await expect(page.locator("dialog.token input")).to_be_visible()
