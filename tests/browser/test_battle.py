"""Battles (PK) between two rooms: both hosts run it from their consoles, viewers of both rooms see the same points."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import DESK, OpenPage, Watch
from tests.browser.notes import passes
from tests.browser.people import Host
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

HERE, THERE = "duel-here", "duel-there"
HOSTS = {HERE: "Coco", THERE: "Leo"}


@pytest.fixture(scope="module", autouse=True)
def rooms(server: Server) -> None:
    """Two rooms of a scene with battles, live, and a rose to give."""
    server.call("PUT", "/gifts/rose", names={"zh": "玫瑰", "en": "Rose"}, price=10, icon="🌹", combo_window_ms=20_000)
    for room, name in HOSTS.items():
        host = {"id": f"host-{room}", "name": name}
        server.call("POST", "/rooms", id=room, title=room, scene="show", host=host)
        server.call("POST", f"/rooms/{room}/go_live")


async def _console(open_page: OpenPage, room: str) -> Page:
    page = await open_page(f"/host/{room}", viewport=DESK)
    await Host(page).is_in()
    await page.click(".side-tabs [data-open=battle]")
    return page


async def _give(page: Page, *, times: int) -> None:
    await page.click(".round.gift")
    await page.click("[data-gift=rose]")
    await page.click(".gift-drawer .primary")
    for _ in range(times - 1):
        await page.click(".combo")


async def _invite(page: Page, room: str) -> None:
    await page.fill("input[name=rivals]", room)
    await page.click(".battle-form .primary")


async def _scores(page: Page, *points: str) -> None:
    await expect(page.locator(".battle-shares b")).to_have_text(list(points))


async def _phase(phase: str, *pages: Page) -> None:
    for page in pages:
        await expect(page.locator(f".battle-bar[data-phase={phase}]")).to_be_visible()


async def test_two_hosts_fight_and_viewers_of_both_rooms_see_the_same(open_page: OpenPage, watch: Watch) -> None:
    coco, leo = await _console(open_page, HERE), await _console(open_page, THERE)
    ann, ben = await watch(HERE, "Ann"), await watch(THERE, "Ben")

    await _invite(coco, THERE)
    await leo.click(".battle-calls [data-does=refuse]")
    await expect(coco.locator(".battle-form")).to_be_visible()
    await _invite(coco, THERE)
    await leo.click(".battle-calls [data-does=accept]")
    await passes(ann, "battle-count")
    await _phase("running", coco, leo, ann, ben)

    await _give(ann, times=3)
    await _give(ben, times=1)
    await ben.click(".pane[data-own] .pane-vote")
    await passes(ben, "news", "Your vote made 10 points")
    await expect(ben.locator(".pane-vote:visible")).to_have_text("Voted")
    for page in (coco, ann):
        await _scores(page, "40", "30")
    for page in (leo, ben):
        await _scores(page, "30", "40")
    await ann.click(".battle-foot")
    await expect(ann.locator(".battle-side").first).to_contain_text("Ann")
    await expect(ann.locator(".battle-side").last).to_contain_text("Ben")

    await leo.context.close()
    for page in (coco, ann, ben):
        await expect(page.locator("[data-mark=away]")).to_have_count(1)
    leo = await _console(open_page, THERE)
    await _phase("running", leo)
    for page in (coco, ann, ben):
        await expect(page.locator("[data-mark=away]")).to_have_count(0)
    await _scores(leo, "30", "40")

    await coco.click("[data-does=agree_end]")
    await expect(leo.locator(".fight")).to_contain_text("Coco would end the round now")
    await leo.click("[data-does=agree_end]")
    await expect(ann.locator(".pane[data-own]")).to_have_attribute("data-mark", "won")
    await expect(ben.locator(".pane[data-own]")).to_have_attribute("data-mark", "lost")

    await coco.click("[data-does=rematch]")
    await _phase("punishment", leo)
    await leo.click("[data-does=rematch]")
    await coco.click("[data-does=cut_short]")
    await _phase("running", coco, leo, ann, ben)
    await _scores(ann, "0", "0")
    await leo.click("[data-does=quit]")
    await leo.click("dialog.ask .danger")
    await expect(ann.locator(".pane[data-own]")).to_have_attribute("data-mark", "won")
    await expect(ann.locator(".pane[data-own]")).to_contain_text("won 2")


async def test_refusal_of_a_battle_says_why(open_page: OpenPage, server: Server) -> None:
    host = {"id": "host-duel-dark", "name": "Dora"}
    server.call("POST", "/rooms", id="duel-dark", title="dark", scene="show", host=host)
    dora = await _console(open_page, "duel-dark")

    await _invite(dora, HERE)
    await expect(dora.locator(".battle-place > .problem")).to_have_text("Both rooms have to be live.")
    await dora.fill("input[name=rivals]", "a b c d")
    await dora.press("input[name=rivals]", "Enter")
    await expect(dora.locator(".battle-form .problem")).to_have_text("Three rooms at most")
