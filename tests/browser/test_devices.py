"""Cameras and microphones on the pages that are muted, unplugged, switched on twice, or ended by the server."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from liveroom.realtime.client import LiveRoomClient
from tests.browser.conftest import Watch
from tests.browser.people import Host
from tests.browser.test_air import GETS, SHOWS
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNPLUG = """() => {
  const [track] = document.querySelector(".device-choice video").srcObject.getAudioTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}"""
TWICE = """() => {
  const button = document.querySelector(".own-camera [data-does=start]");
  button.click();
  button.click();
}"""


async def _is_on(page: Page) -> None:
    await expect(page.locator(".own-camera .sub")).to_contain_text("On:")


async def test_host_who_was_muted_before_a_reload_sees_it_and_is_heard_by_one_press(
    live_host: Host, watch: Watch, room: str
) -> None:
    host, mic = live_host.page, live_host.page.locator(".own-camera [data-does=mic]")
    await live_host.tab("stage")
    await host.click(".own-camera [data-does=start]")
    await _is_on(host)
    await mic.click()
    await expect(mic).to_have_attribute("aria-pressed", "false")
    await host.reload()
    await live_host.tab("stage")
    await _is_on(host)
    await expect(mic).to_have_attribute("aria-pressed", "false")
    ben = await watch(room, "Ben")
    await ben.evaluate(SHOWS, ".host-camera")
    await mic.click()
    await expect(mic).to_have_attribute("aria-pressed", "true")
    await ben.evaluate(GETS, ["audio", 10])


async def test_two_presses_on_camera_on_begin_one_connection(live_host: Host) -> None:
    host = live_host.page
    await live_host.tab("stage")
    await expect(host.locator(".own-camera [data-does=start]")).to_be_visible()
    await host.evaluate(TWICE)
    await _is_on(host)
    assert await host.evaluate("peers.length") == 1


async def test_host_whose_connection_is_ended_is_told(live_host: Host, server: Server, room: str) -> None:
    host = live_host.page
    await live_host.tab("stage")
    await host.click(".own-camera [data-does=start]")
    await _is_on(host)
    token = server.token(f"host-{room}", role="host", rooms=[room])
    async with LiveRoomClient(server.socket_address, token=token, rooms=[room]) as client:
        await client.rooms[room].send("media.leave")
    await expect(host.locator(".own-camera .problem")).to_contain_text("The connection has ended.")
    await host.click(".own-camera [data-does=start]")
    await _is_on(host)


async def test_guest_whose_microphone_was_unplugged_connects_another_one(
    live_host: Host, watch: Watch, room: str
) -> None:
    host, ann = live_host.page, await watch(room, "Ann")
    await live_host.tab("stage")
    await host.click(".own-camera [data-does=start]")
    await ann.click(".stage-chip")
    await ann.click("[data-does=preview]")
    await ann.click("[data-does=apply]")
    await host.click(".stage-queue [data-does=accept]")
    await host.evaluate(GETS, ["audio", 10])
    await ann.evaluate(UNPLUG)
    await expect(ann.locator(".guest-sheet .fail")).to_have_text("No microphone was found.")
    await ann.click("[data-does=preview]")
    await expect(ann.locator("[data-does=preview]")).to_be_hidden()
    await host.evaluate(GETS, ["audio", 10])
