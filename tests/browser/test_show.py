"""A show from the closed door to its end, as the host runs it and viewers see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.notes import count_passed, passes
from tests.browser.people import Host, Viewer
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

Enter = Callable[..., Awaitable[Viewer]]


async def test_viewers_follow_the_room_from_open_to_live_to_ended(host: Host, viewer: Enter) -> None:
    await host.open()
    ann = await viewer("Ann")
    await ann.sees("waiting")

    await host.go_live()
    await ann.sees("live")
    await expect(ann.page.locator(".badge")).to_contain_text("Live")

    await host.end()
    await ann.sees("ended")
    await expect(ann.page.locator(".farewell")).to_contain_text("Length")
    await expect(ann.page.locator(".composer input[name=text]")).to_be_disabled()

    await host.open()
    await ann.sees("waiting")
    await expect(ann.page.locator(".composer input[name=text]")).to_be_enabled()


async def test_two_quick_presses_open_the_room_and_do_not_go_live_too(host: Host, viewer: Enter) -> None:
    await host.page.dblclick(".action[data-does=open]", delay=100)
    ann = await viewer("Ann")
    await ann.sees("waiting")
    await host.go_live()
    await ann.sees("live")


async def test_new_title_reaches_viewers(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")

    await live_host.page.click("[data-edit]")
    await live_host.page.fill("input[name=title]", "Late sale")
    await live_host.page.press("input[name=title]", "Enter")
    await expect(ann.page.locator("h1")).to_have_text("Late sale")
    await expect(live_host.page.locator("h1")).to_have_text("Late sale")


async def test_every_tap_is_in_the_total_that_all_see(live_host: Host, viewer: Enter) -> None:
    ann, ben = await viewer("Ann"), await viewer("Ben")

    for _ in range(9):
        await ann.page.click(".like")
    for _ in range(4):
        await ben.page.click(".like")
    for person in (ann, ben):
        await expect(person.page.locator("[data-likes]")).to_have_text("13")
    await expect(live_host.page.locator("[data-tile=likes]")).to_have_text("13")


async def test_milestone_of_likes_is_celebrated(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")

    await ann.page.evaluate("for (let tap = 0; tap < 110; tap += 1) document.querySelector('.like').click()")
    await passes(ann.page, "milestone", "100")


async def test_viewer_is_welcomed_by_name_and_led_through_the_value_card(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")

    await passes(ann.page, "welcome", "Ann")
    card = ann.page.locator(".value-card")
    await expect(card).to_have_attribute("data-step", "1")
    await card.locator(".primary").click()
    await expect(card).not_to_have_attribute("data-step", "1")


async def test_welcome_is_given_once_a_visit(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")
    await passes(ann.page, "welcome")

    await ann.page.reload()
    await ann.is_in()
    await expect(ann.page.locator(".value-card")).to_be_visible()
    assert await count_passed(ann.page, "welcome") == 0


async def test_host_is_told_who_matters_and_the_token_leaves_the_address_bar(
    live_host: Host, open_page: OpenPage, server: Server, room: str
) -> None:
    token = server.token("u-buyer", name="Dora", traits={"level": 24, "bought": True})
    dora = Viewer(await open_page(f"/room/{room}#token={token}"))
    await dora.is_in()

    assert "token" not in dora.page.url
    cue = live_host.page.locator(".cue", has_text="Dora")
    await expect(cue).to_contain_text("Lv 24")

    await cue.locator("button").click()
    await live_host.page.keyboard.type("welcome back")
    await live_host.page.keyboard.press("Enter")
    await expect(dora.sent("welcome back").locator("mark")).to_have_text("@Dora")


async def test_banned_viewer_is_out_and_told_so(live_host: Host, viewer: Enter) -> None:
    ann = await viewer("Ann")
    await ann.say("something bad")

    await (await live_host.about("something bad")).locator("[data-does=ban]").click()
    await live_host.page.click("dialog.ask .danger")
    await ann.sees("gone")
    await expect(ann.page.locator(".centre-line")).to_contain_text("removed")


async def test_entry_of_a_high_level_viewer_is_seen_by_all(
    live_host: Host, viewer: Enter, open_page: OpenPage, server: Server, room: str
) -> None:
    ann = await viewer("Ann")
    vip = server.token("u-vip", name="Vera", traits={"level": 45})
    await Viewer(await open_page(f"/room/{room}#token={vip}")).is_in()

    await expect(ann.page.locator(".entered")).to_contain_text("Vera")
