"""The stage (连麦) on the pages: from the application to the seat and back, as viewers and the host see it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from liveroom.rooms.messages.stage import StageReason
from liveroom.rooms.messages.stage_view import Ending, SeatStatus, Standing
from tests.browser.conftest import OpenPage
from tests.browser.people import Host, Viewer
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _watch(open_page: OpenPage, server: Server, room: str, name: str) -> Page:
    page = await open_page(f"/room/{room}#token={server.token(f'u-{name}', name=name)}")
    await Viewer(page).is_in()
    return page


async def _apply(page: Page, kind: str, line: str = "") -> None:
    await page.click(".stage-chip")
    await page.click(f".guest-apply [data-kind={kind}]")
    await page.fill(".guest-apply input[name=line]", line)
    await page.click("[data-does=apply]")


async def test_viewer_takes_a_seat_and_leaves_it(
    live_host: Host, open_page: OpenPage, server: Server, room: str
) -> None:
    host = live_host.page
    await live_host.tab("stage")
    ann, ben = await _watch(open_page, server, room, "Ann"), await _watch(open_page, server, room, "Ben")

    await _apply(ann, "video", "about my cat")
    await expect(ann.locator(".guest-place")).to_contain_text("No. 1 in the queue")
    await _apply(ben, "audio")
    await expect(ben.locator(".stage-chip")).to_have_text("No. 2")
    waiting = host.locator(".stage-queue ol li", has_text="Ann")
    await expect(waiting).to_contain_text("about my cat")
    await waiting.locator("[data-does=accept]").click()
    for page in (ann, ben, host):
        await expect(page.locator(".seat[data-user=u-Ann]")).to_be_visible()
    await expect(ben.locator(".stage-chip")).to_have_text("No. 1")

    await ann.click("[data-does=mic]")
    for page in (ben, host):
        await expect(page.locator(".seat[data-user=u-Ann] [data-sign=mic_off]")).to_be_visible()
    await host.click(".guests [data-does=stop_camera]")
    await expect(ann.locator("[data-does=camera]")).to_have_text("Camera stopped by the host")
    await host.locator(".guests select").select_option("2")
    await expect(ben.locator(".seat[data-seat='2']")).to_contain_text("Ann")

    await ann.reload()
    await expect(ann.locator(".stage-chip")).to_have_text("On stage")
    await ann.click("[data-does=leave]")
    for page in (ann, ben, host):
        await expect(page.locator(".seat[data-user=u-Ann]")).to_have_count(0)
    await expect(ann.locator(".guest-news")).to_have_text("You are back in the audience.")


async def test_host_invites_locks_and_takes_off_the_stage(
    live_host: Host, open_page: OpenPage, server: Server, room: str
) -> None:
    host = live_host.page
    ann, ben = await _watch(open_page, server, room, "Ann"), await _watch(open_page, server, room, "Ben")
    await Viewer(ann).say("hello")
    await expect(live_host.comment("hello")).to_be_visible()
    await ann.click("h1")

    await live_host.tab("stage")
    await host.press(".stage-invite summary", "Enter")
    await host.select_option(".stage-invite [name=who]", label="Ann")
    await host.select_option(".stage-invite [name=kind]", "audio")
    await host.click(".stage-invite .primary")
    await expect(host.locator(".stage-queue ul li")).to_contain_text("asked to seat 1")
    await ann.click("[data-does=accept]")
    await expect(ben.locator(".seat[data-user=u-Ann]")).to_be_visible()
    await host.locator(".free-seats [data-does=lock]").first.click()
    await expect(host.locator(".free-seats [data-status=locked]")).to_have_count(1)

    await _apply(ben, "audio")
    await host.click(".stage-queue [data-does=refuse]")
    await expect(ben.locator(".guest-news")).to_have_text("Not this time. You may ask again later.")
    await host.click(".guests [data-does=remove]")
    await host.click("dialog.ask .danger")
    await expect(ann.locator(".guest-news")).to_have_text("The host has ended your turn.")
    await ann.click("[data-does=apply]")
    await expect(ann.locator(".guest-sheet .fail")).to_contain_text("a moment ago")
    await host.click("[data-switch='stage.applications'] input")
    await expect(ann.locator(".stage-chip")).to_be_hidden()


async def test_everything_the_stage_can_say_has_words_in_both_languages(open_page: OpenPage) -> None:
    page = await open_page("/docs")
    wanted = {f"refusal.{why}" for why in StageReason} | {f"ending.{ending}" for ending in Ending}
    wanted |= {f"stand.{standing}" for standing in Standing}
    wanted |= {f"seat.{status}" for status in SeatStatus if status is not SeatStatus.TAKEN}

    for language in ("zh", "en"):
        keys = await page.evaluate(f"import('/web/texts_{language}.js').then((module) => Object.keys(module.texts))")
        assert wanted <= set(keys)
