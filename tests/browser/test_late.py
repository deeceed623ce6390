"""What comes late moves no control: a press meets what was seen at its place, however slowly the page comes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, PHONE, OpenPage, Watch
from tests.browser.people import Host, Viewer, hold_back
from tests.support.server import Server, running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHIRT = {"title": "Linen shirt", "variants": [{"id": "v1", "name": "M", "price": 9900, "left": 3}]}
LATE = ("gifts", "activities", "coupons", "guest")
MARK = """() => {
  const controls = "button, a, input, select, summary";
  const under = ([x, y]) => document.elementFromPoint(x, y)?.closest(controls);
  const cross = [[0.5, 0.2], [0.2, 0.5], [0.5, 0.5], [0.8, 0.5], [0.5, 0.8]];
  const spots = (box) => cross.map(([right, down]) => [box.x + right * box.width, box.y + down * box.height]);
  const meets = ([node, places]) => places.every((place) => under(place) === node);
  const seen = [...document.querySelectorAll(controls)].map((node) => [node, spots(node.getBoundingClientRect())]);
  const marked = seen.filter(meets);
  globalThis.astray = () => marked.filter((one) => !meets(one)).map(([node]) => node.outerHTML);
  return marked.length;
}"""
"""Note where each control that is in sight can be pressed; `astray` tells of those that are not there any more."""
LOSES_THE_LINE = """() => {
  const pill = document.querySelector(".link-state");
  pill.textContent = "Weak network, reconnecting. Nothing gets lost.";
  pill.hidden = false;
}"""
MARKS_ALL_TABS = "() => document.querySelectorAll('.dot').forEach((dot) => (dot.hidden = false))"
PRESS_AS_IT_COMES = """([wanted, right, list]) => void (globalThis.met = new Promise((done) => {
  const { x, y, width, height } = document.querySelector(wanted).getBoundingClientRect();
  const under = () => document.elementFromPoint(x + width * right, y + height / 2)?.closest("button")?.outerHTML ?? "";
  new MutationObserver(() => done(under())).observe(document.querySelector(list), { childList: true });
}))"""
"""What somebody meets who wants to press something in the moment when something else comes."""


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


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_nothing_in_the_room_is_pushed_away_by_what_happens_in_it(
    open_page: OpenPage, server: Server, room: str, screen: dict[str, int]
) -> None:
    server.call("POST", f"/rooms/{room}/open")
    server.call("PUT", f"/rooms/{room}/shelf/shirt", **SHIRT)
    page = await open_page(f"/room/{room}#token={server.token('u-ann', name='Ann')}", viewport=screen)
    for part in (".round.gift", ".stage-chip", ".bag"):
        await expect(page.locator(part)).to_be_visible()
    await page.click(".value-card .later")
    await expect(page.locator(".value-card")).to_have_count(0)
    await _mark(page, at_least=9)

    server.call("POST", f"/rooms/{room}/go_live")
    await Viewer(page).sees("live")
    server.call("POST", f"/rooms/{room}/polls", question="Which?", choices=["This", "That"], lasts_s=60)
    await expect(page.locator(".front .poll")).to_be_visible()
    server.call("POST", f"/rooms/{room}/lotteries", title="Draw", prizes=[{"name": "Scarf"}], lasts_s=60)
    await expect(page.locator(".front .lottery")).to_be_visible()
    await page.evaluate(LOSES_THE_LINE)
    await _nothing_is_astray(page)

    await expect(page.locator(".front .lottery:not([inert])")).to_be_visible()
    await _mark(page, at_least=12)
    server.call("POST", f"/rooms/{room}/shelf/shirt/explain")
    await expect(page.locator("[data-chip=explained]")).to_be_visible()
    await Viewer(page).say("When does it ship?")
    await expect(page.locator(".asked")).to_be_visible()
    await _nothing_is_astray(page)


async def test_press_in_the_moment_when_another_card_comes_is_not_taken_for_an_answer_to_it(
    watch: Watch, server: Server, room: str
) -> None:
    server.call("POST", f"/rooms/{room}/go_live")
    page = await watch(room, "Ann")
    server.call("POST", f"/rooms/{room}/polls", question="Which?", choices=["This", "That"], lasts_s=60)
    await expect(page.locator(".front [data-choice=b]")).to_be_visible()
    await page.evaluate(PRESS_AS_IT_COMES, [".front [data-choice=b]", 0.5, ".front"])

    server.call("POST", f"/rooms/{room}/lotteries", title="Draw", prizes=[{"name": "Scarf"}], lasts_s=60)
    assert await page.evaluate("met") == ""
    await page.click(".front .lottery .primary")
    await expect(page.locator(".front .receipt")).to_be_visible()


async def test_rules_of_talk_stay_where_they_are_while_comments_wait_for_the_staff(
    live_host: Host, viewer: Callable[..., Awaitable[Viewer]], server: Server, room: str
) -> None:
    server.call("PATCH", f"/rooms/{room}/talk", hold="everybody")
    await live_host.tab("order")
    await expect(live_host.page.locator(".rules [name=hold]")).to_have_value("everybody")
    await _mark(live_host.page, at_least=16)
    await live_host.page.evaluate(PRESS_AS_IT_COMES, [".sanctions-place summary", 0.25, ".held"])

    await (await viewer("Ann")).say("May I?")
    assert await live_host.page.evaluate("met") == ""
    moved = await live_host.page.evaluate("astray()")
    assert not [one for one in moved if "<select" in one or "<input" in one]
    await live_host.page.click(".held [data-does=activate]")
    await expect(live_host.comment("May I?")).to_be_visible()


async def test_nothing_on_a_sheet_is_pushed_away_by_what_it_has_asked_for(
    watch: Watch, server: Server, room: str
) -> None:
    facts = [{"topic": "Material", "text": "Pure linen."}]
    server.call("PUT", f"/rooms/{room}/shelf/shirt", **SHIRT, facts=facts)
    page = await watch(room, "Ann")
    await expect(page.locator(".bag")).to_be_visible()
    asked = await page.evaluate(f"() => {{ document.querySelector('.audience').click(); return ({MARK})(); }}")
    assert asked > 3
    await expect(page.locator(".people-sheet .people li")).to_have_count(1)
    await _nothing_is_astray(page)

    late = await hold_back(page, "shelf/shirt")
    await page.keyboard.press("Escape")
    await page.click(".bag")
    await page.click(".product .about")
    await _mark(page, at_least=4)
    late.set()
    await expect(page.locator(".facts")).to_be_visible()
    await _nothing_is_astray(page)


@pytest.mark.parametrize("screen", [PHONE, DESK], ids=["phone", "desk"])
async def test_nothing_at_the_console_is_pushed_away_by_what_happens(
    open_page: OpenPage, server: Server, room: str, screen: dict[str, int]
) -> None:
    server.call("PATCH", f"/rooms/{room}", title="An evening of cashmere, linen and silk")
    page = await open_page(f"/host/{room}", viewport=screen)
    await expect(page.locator("h1")).not_to_be_empty()
    await page.click("[data-open=controls]:visible, [data-open=play]:visible")
    await _mark(page, at_least=10)
    await expect(page.locator(".rtt")).not_to_be_empty()

    await page.evaluate(MARKS_ALL_TABS)
    await page.evaluate(LOSES_THE_LINE)
    await _nothing_is_astray(page)
    server.call("POST", f"/rooms/{room}/go_live")
    await expect(page.locator(".state")).to_have_attribute("data-show", "live")
    await _nothing_is_astray(page)


@pytest.mark.parametrize(
    ("path", "controls"),
    [
        ("/room/{room}", [".composer input", ".like"]),
        ("/host/{room}", [".side-tabs", ".write"]),
        ("/", [".doors", ".room"]),
    ],
)
async def test_what_does_nothing_yet_is_not_there_to_be_pressed(
    open_page: OpenPage, server: Server, room: str, path: str, controls: list[str]
) -> None:
    page = await open_page("/", viewport=DESK)
    await page.evaluate("localStorage.setItem('liveroom.name', 'Ann')")
    late = await hold_back(page, "demo/*")
    await page.goto(server.address + path.format(room=room))
    await expect(page.locator("[data-switch-language]")).to_have_text("中")
    hidden = [await page.locator(control).first.is_hidden() for control in controls]
    late.set()
    assert all(hidden)
    for control in controls:
        await expect(page.locator(control).first).to_be_visible()
