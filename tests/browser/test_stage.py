"""The stage (连麦) on the pages: from the application to the seat and back, as viewers and the host see it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Watch
from tests.browser.people import Host, Viewer, hold_back

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _apply(page: Page, kind: str, line: str = "") -> None:
    await page.click(".stage-chip")
    await page.click(f".guest-apply [data-kind={kind}]")
    await page.fill(".guest-apply input[name=line]", line)
    await page.click("[data-does=apply]")


async def test_viewer_takes_a_seat_and_leaves_it(live_host: Host, watch: Watch, room: str) -> None:
    host = live_host.page
    await live_host.tab("stage")
    ann, ben = await watch(room, "Ann"), await watch(room, "Ben")

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


async def test_host_invites_locks_and_takes_off_the_stage(live_host: Host, watch: Watch, room: str) -> None:
    host = live_host.page
    ann, ben = await watch(room, "Ann"), await watch(room, "Ben")
    await Viewer(ann).say("hello")
    await expect(live_host.comment("hello")).to_be_visible()
    await ann.click("h1")

    await live_host.tab("stage")
    await host.press(".stage-invite summary", "Enter")
    for language in ("zh-CN", "en"):
        await host.click("[data-switch-language]")
        await expect(host.locator("html")).to_have_attribute("lang", language)
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
    late = await hold_back(ann, "viewer/guest.js")
    await ann.reload()
    await Viewer(ann).is_in()
    await host.click(".guests [data-does=remove]")
    await host.click("dialog.ask .danger")
    await expect(ben.locator(".seat[data-user=u-Ann]")).to_have_count(0)
    late.set()
    await expect(ann.locator(".guest-news")).to_have_text("The host has ended your turn.")
    await ann.click("[data-does=apply]")
    await expect(ann.locator(".guest-sheet .fail")).to_contain_text("a moment ago")
    await host.click("[data-switch='stage.applications'] input")
    await expect(ann.locator(".stage-chip")).to_be_hidden()


async def test_press_on_a_button_of_the_queue_counts_when_somebody_applies_meanwhile(
    live_host: Host, watch: Watch, room: str
) -> None:
    host = live_host.page
    await live_host.tab("stage")
    ann, ben = await watch(room, "Ann"), await watch(room, "Ben")
    await _apply(ann, "audio")
    await host.hover(".stage-queue [data-does=accept]")
    await host.mouse.down()

    await _apply(ben, "audio")
    await expect(host.locator(".stage-queue .place")).to_have_text(["1", "2"])
    await host.mouse.up()
    await expect(ben.locator(".seat[data-user=u-Ann]")).to_be_visible()
    await expect(host.locator(".stage-queue .place")).to_have_text(["1"])


async def test_host_who_has_not_opened_the_stage_is_told_of_the_first_who_applies(
    live_host: Host, watch: Watch, room: str
) -> None:
    host = live_host.page
    late = await hold_back(host, "host/stage.js")
    ann = await watch(room, "Ann")
    await _apply(ann, "audio")
    await expect(ann.locator(".guest-place")).to_contain_text("No. 1")

    late.set()
    await expect(host.locator(".side-tabs [data-open=stage] .dot")).to_be_visible()
    await live_host.tab("stage")
    await expect(host.locator(".stage-queue ol li")).to_contain_text("Ann")
