"""What holds for every page: two languages, small screens, little motion, nothing from elsewhere, labels for all."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

import liveroom.rooms.messages  # noqa: F401 - declares what rooms speak
from liveroom.realtime.catalogue import catalogue
from liveroom.rooms.scene_files import load_scenes
from tests.browser.conftest import OpenPage
from tests.browser.people import Viewer
from tests.support.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNLABELLED = """() => [...document.querySelectorAll("button, a, input, textarea")].filter((node) => {
  const label = node.getAttribute("aria-label") || node.innerText.trim() || node.labels?.[0]?.innerText.trim();
  return node.offsetParent && !label;
}).map((node) => node.outerHTML)"""
SHOW_ALL = "document.styleSheets[0].insertRule('* { content-visibility: visible !important }')"
"""What is out of sight is laid out too, so that it is measured."""
WEIGHTS = """() => performance.getEntries()
  .filter((entry) => "transferSize" in entry && !entry.name.endsWith(".json"))
  .map((entry) => entry.transferSize)"""
COUNT_FRAMES = """() => {
  const ask = requestAnimationFrame.bind(globalThis);
  let asked = 0;
  globalThis.requestAnimationFrame = (call) => ask(call, (asked += 1));
  globalThis.framesOf = () => asked;
}"""
RESTS = """async () => {
  for (let before = -1; before !== framesOf() || document.getAnimations().length; ) {
    before = framesOf();
    await new Promise((done) => setTimeout(done, 1000));
  }
}"""
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


async def _speaks(page: Page, language: str) -> None:
    """Not by `expect`, which describes the whole page at every look: seconds on the page of the interface."""
    await page.locator(f"html[lang={language}]").wait_for()


@pytest.mark.parametrize("path", PATHS)
async def test_first_visit_is_light_and_in_the_browsers_language_and_the_next_in_the_chosen_one_within_the_policy(
    open_page: OpenPage, server: Server, room: str, path: str
) -> None:
    page = await open_page(path.format(room=room), locale="zh-CN")
    await _ready(page, path)
    await _speaks(page, "zh-CN")
    assert 5_000 < sum(await page.evaluate(WEIGHTS)) < 100_000, "the page with all its parts weighs less than 100 kB"

    if path == "/room/{room}":
        await Viewer(page).enter("小雨")
    switch = page.locator("[data-switch-language]")
    await expect(switch).to_have_attribute(
        "aria-label", re.compile(".")
    )  # the page has its texts, and its buttons work
    await switch.click()
    await _speaks(page, "en")

    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    answer = await page.reload()
    await _speaks(page, "en")
    await (Viewer(page).is_in() if path == "/room/{room}" else _ready(page, path))
    assert answer
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert {url.split("/")[2] for url in asked} == {f"127.0.0.1:{server.port}"}, "nothing is asked of other hosts"


@pytest.mark.parametrize("path", PATHS)
async def test_page_fits_every_screen_without_scrolling_sideways_and_every_control_has_a_name(
    open_page: OpenPage, server: Server, room: str, path: str
) -> None:
    server.call("PATCH", f"/rooms/{room}", title="An evening of cashmere, linen and silk 秋季上新专场")
    page = await open_page(path.format(room=room))
    await _ready(page, path)

    await page.evaluate(SHOW_ALL)
    if path == "/room/{room}":
        await Viewer(page).enter("Ann")
    await _fits(page, path)
    if path != "/docs":
        server.call("POST", f"/rooms/{room}/go_live")
        await _shows_the_live_room(page, path)
        await _fits(page, path)
    assert await page.evaluate(UNLABELLED) == []


async def _fits(page: Page, path: str) -> None:
    for width in (320, 390, 430, 768, 1440):
        await page.set_viewport_size({"width": width, "height": 700})
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
        if path == "/host/{room}":
            assert await page.evaluate(GAP) < 1


async def _shows_the_live_room(page: Page, path: str) -> None:
    if path == "/room/{room}":
        await Viewer(page).sees("live")
    elif path == "/host/{room}":
        await expect(page.locator(".state")).to_have_attribute("data-show", "live")
    else:
        await page.reload()
        await _ready(page, path)


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


async def test_who_wants_less_motion_gets_a_still_page(open_page: OpenPage, server: Server, room: str) -> None:
    server.call("POST", f"/rooms/{room}/go_live")
    page = await open_page(f"/room/{room}", reduced_motion="reduce")
    ann = Viewer(page)
    await ann.enter("Ann")
    await page.click(".like")
    await ann.say("hello")
    await expect(ann.sent("hello")).to_be_visible()

    assert await page.evaluate("document.getAnimations().length") == 0
    assert await page.locator(".hearts i").count() == 0


async def test_a_room_in_which_nothing_happens_comes_to_rest(open_page: OpenPage, server: Server, room: str) -> None:
    server.call("POST", f"/rooms/{room}/go_live")
    page = await open_page(f"/room/{room}", reduced_motion="no-preference")
    await page.evaluate(COUNT_FRAMES)
    await Viewer(page).enter("Ann")
    await page.evaluate("async () => { while (!framesOf()) await new Promise((done) => setTimeout(done, 50)); }")
    await page.evaluate(RESTS)


async def test_docs_show_every_command_and_event_and_find_them_and_languages_have_the_same_texts(
    open_page: OpenPage,
) -> None:
    page = await open_page("/docs")
    await expect(page.locator("#commands .entry").first).to_be_visible()

    assert set(await page.locator("#commands h3").all_text_contents()) == set(catalogue.commands)
    assert set(await page.locator("#events h3").all_text_contents()) == set(catalogue.events)
    await page.fill("input[type=search]", "value_card shown")
    await expect(page.locator("#commands h3", has_text="comment.send")).to_be_hidden()
    await expect(page.locator("#events h3", has_text="value_card.shown")).to_be_visible()
    await page.fill("input[type=search]", "zebra quagga")
    await expect(page.locator(".none[role=status]")).to_be_visible()

    keys = "import('/web/texts_{}.js').then((module) => Object.keys(module.texts).sort())"
    zh, en = await page.evaluate(keys.replace("{}", "zh")), await page.evaluate(keys.replace("{}", "en"))
    assert zh == [key for key in en if not key.endswith("_one")]
    reasons = {f"reason.{rule.name}" for scene in load_scenes(None).values() for rule in scene.cue}
    assert reasons
    assert reasons <= set(zh), "there is a text for each reason of a cue"


async def test_front_door_lists_the_rooms_of_the_demo(open_page: OpenPage, server: Server, room: str) -> None:
    server.call("POST", f"/rooms/{room}/go_live")
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
