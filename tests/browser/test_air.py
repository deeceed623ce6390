"""Sound and pictures on the pages, with the fake devices of the browser: people see and hear each other."""

from __future__ import annotations

import io
import wave

import pytest
from playwright.async_api import expect

from tests.browser.conftest import DESK, OpenPage, Watch
from tests.browser.people import Host, Viewer
from tests.support.server import running_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

COUNT = """async (kind) => {
  let total = 0;
  for (const peer of peers) {
    for (const entry of (await peer.getStats()).values()) {
      if (entry.type !== "inbound-rtp" || entry.kind !== kind) continue;
      total += kind === "video" ? entry.framesDecoded ?? 0 : entry.packetsReceived ?? 0;
    }
  }
  return total;
}"""
GETS = f"""async ([kind, wanted]) => {{
  const count = {COUNT};
  const before = await count(kind);
  while ((await count(kind)) < before + wanted) await new Promise((done) => setTimeout(done, 50));
}}"""
GOES_ON_IN_SILENCE = f"""async (wanted) => {{
  const count = {COUNT};
  // What was on its way when the microphone went off may come for a while.
  for (;;) {{
    const before = [await count("audio"), await count("video")];
    while ((await count("video")) < before[1] + wanted) await new Promise((done) => setTimeout(done, 50));
    if ((await count("audio")) <= before[0] + 5) return;
  }}
}}"""
"""Pictures come, and no sound but for a sign of life now and then."""
REFUSE_CAMERA = """() => {
  const take = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const refusal = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  navigator.mediaDevices.getUserMedia = (wanted) => (wanted.video ? refusal() : take(wanted));
}"""
COUNT_ASKED = """() => {
  globalThis.asked = 0;
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error(`asked ${(asked += 1)} times`));
}"""
SHOWS = """async (place) => {
  const frames = () => document.querySelector(`${place} video`)?.getVideoPlaybackQuality().totalVideoFrames ?? 0;
  while (frames() < 5) await new Promise((done) => setTimeout(done, 50));
}"""


PLAYS = """async () => {
  while (!(document.querySelector(".host-stream")?.currentTime > 0)) await new Promise((done) => setTimeout(done, 50));
}"""


def _second_of_silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(16_000))
    return file.getvalue()


SOUND = _second_of_silence()


async def test_host_guest_and_watcher_see_and_hear_each_other(live_host: Host, watch: Watch, room: str) -> None:
    host = live_host.page
    ann, ben = await watch(room, "Ann"), await watch(room, "Ben")
    await live_host.tab("stage")
    await host.click(".own-camera [data-does=start]")
    await expect(host.locator(".own-camera .sub")).to_contain_text("On:")
    await ben.evaluate(SHOWS, ".host-camera")

    await ann.click(".stage-chip")
    await ann.click("[data-does=preview]")
    await ann.evaluate(SHOWS, ".device-choice")
    await ann.click("[data-does=apply]")
    await host.click(".stage-queue [data-does=accept]")
    for page in (host, ben):
        await page.evaluate(SHOWS, ".seat[data-user=u-Ann]")
    await ann.evaluate(SHOWS, ".host-camera")
    await ann.evaluate(SHOWS, ".seat[data-me]")
    await host.evaluate(GETS, ["audio", 10])

    await ann.click("[data-does=mic]")
    await expect(host.locator(".seat [data-sign=mic_off]")).to_be_visible()
    await host.evaluate(GOES_ON_IN_SILENCE, 10)
    await ann.click("[data-does=mic]")
    await host.evaluate(GETS, ["audio", 10])

    await ann.reload()
    await expect(ann.locator("[data-does=preview]")).to_have_text("Connect sound and picture")
    await ann.click("[data-does=preview]")
    await host.evaluate(SHOWS, ".seat[data-user=u-Ann]")
    await host.evaluate(GETS, ["video", 5])
    await ann.click("[data-does=leave]")
    await expect(host.locator(".seat video")).to_have_count(0)
    await ann.evaluate(SHOWS, ".host-camera")


async def test_camera_that_is_refused_leaves_sound_and_says_so(live_host: Host, watch: Watch, room: str) -> None:
    ann = await watch(room, "Ann")
    await ann.evaluate(REFUSE_CAMERA)
    await ann.click(".stage-chip")
    await ann.click("[data-does=apply]")
    await expect(ann.locator(".guest-sheet .fail")).to_contain_text("does not allow the camera")
    await expect(ann.locator("[data-kind=audio]")).to_have_attribute("aria-pressed", "true")
    await ann.click("[data-does=apply]")
    await expect(ann.locator(".guest-place")).to_contain_text("No. 1 in the queue")
    await ann.click("[data-does=cancel]")
    await expect(ann.locator(".guest-news")).to_have_text("You have left the queue.")


async def test_server_without_a_media_engine_asks_nobody_for_a_camera(open_page: OpenPage) -> None:
    with running_server(LIVEROOM_DEMO="true", LIVEROOM_MEDIA_ENGINE="off") as silent:
        silent.call("POST", "/rooms", id="silent", title="Silent", scene="show", host={"id": "coco", "name": "Coco"})
        silent.call("POST", "/rooms/silent/go_live")
        ann = await open_page(f"/room/silent#token={silent.token('u-ann', name='Ann')}", base=silent.address)
        await ann.evaluate(COUNT_ASKED)
        await ann.click(".stage-chip")
        await expect(ann.locator(".guest-apply .none")).to_contain_text("no sound or picture")
        await expect(ann.locator("[data-does=preview]")).to_be_hidden()
        await ann.click("[data-does=apply]")
        await expect(ann.locator(".guest-place")).to_contain_text("No. 1 in the queue")
        token = silent.token("coco", name="Coco", role="host", rooms=["silent"])
        host = await open_page(f"/host/silent#token={token}", base=silent.address, viewport=DESK)
        await host.evaluate(COUNT_ASKED)
        await Host(host).tab("stage")
        await host.click(".own-camera [data-does=start]")
        await expect(host.locator(".own-camera .problem")).to_have_text("This server carries no sound or pictures.")
        for page in (ann, host):
            assert await page.evaluate("asked") == 0
            await page.context.close()


async def test_stream_of_the_room_is_played_or_offered_as_a_link(
    live_host: Host, open_page: OpenPage, room: str
) -> None:
    host = live_host.page
    ann = Viewer(await open_page(f"/room/{room}", allow=("cdn.example", "net::ERR")))
    await ann.page.route(
        "https://cdn.example/live.wav", lambda route: route.fulfill(content_type="audio/wav", body=SOUND)
    )
    await ann.page.route("https://cdn.example/live.flv", lambda route: route.abort())
    await ann.enter("Ann")
    await live_host.tab("stage")
    for name in ("wav", "flv", ""):
        await host.click("summary:has-text('Stream for all viewers')")
        await host.fill("input[name=stream_url]", name and f"https://cdn.example/live.{name}")
        await host.press("input[name=stream_url]", "Enter")
        await expect(host.locator("input[name=stream_url]")).to_be_hidden()
        link = ann.page.locator(".stream-link")
        if name == "wav":
            await ann.page.evaluate(PLAYS)
            await expect(link).to_be_hidden()
        elif name == "flv":
            await expect(link).to_have_attribute("href", "https://cdn.example/live.flv")
    await expect(link).to_be_hidden()
