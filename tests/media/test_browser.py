"""Two pages in a real browser, with its fake camera and microphone: they hear and see each other, and find each other
again."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.support.chromium import find_chromium
from tests.support.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")
_numbers = itertools.count(1)

FLAGS = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)
ENTER = """async ({ token, name, options, camera }) => {
  const { LiveRoom } = await import("/web/liveroom.js");
  const { RoomMedia } = await import("/web/media.js");
  globalThis.live = new LiveRoom({ token });
  globalThis.hall = live.join(name);
  await new Promise((done) => hall.on("joined", done));
  globalThis.told = null;
  hall.on("media.changed", ({ media }) => (globalThis.told = media));
  globalThis.media = new RoomMedia(hall, options);
  globalThis.states = [];
  media.on("state", (state) => states.push(state));
  if (camera) {
    const video = { width: 320, height: 180 };
    await media.use(await navigator.mediaDevices.getUserMedia({ audio: true, video }));
  }
  await media.warm();
}"""
COUNT = """async (kind) => {
  let total = 0;
  for (const entry of (await media.stats()).values()) {
    if (entry.type !== "inbound-rtp" || entry.kind !== kind) continue;
    total += kind === "video" ? entry.framesDecoded ?? 0 : entry.packetsReceived ?? 0;
  }
  return total;
}"""
GETS = f"""async ([kind, wanted]) => {{
  const count = {COUNT};
  const before = await count(kind);
  while ((await count(kind)) < before + wanted) await new Promise((done) => setTimeout(done, 30));
}}"""
GOES_ON_IN_SILENCE = f"""async (wanted) => {{
  const count = {COUNT};
  // What was on its way when the microphone went off may come for a while.
  for (;;) {{
    const before = [await count("audio"), await count("video")];
    while ((await count("video")) < before[1] + wanted) await new Promise((done) => setTimeout(done, 30));
    if ((await count("audio")) <= before[0] + 2) return;
  }}
}}"""

UNTOLD = """async () => {
  await media.close();
  const { RoomMedia } = await import("/web/media.js");
  const deaf = { send: (type, data) => hall.send(type, data), on: () => () => {} };
  globalThis.untold = new RoomMedia(deaf);
  await untold.warm();
  return untold.state;
}"""
WATCH = """async () => {
  const { reportWatching } = await import("/web/watching.js");
  const video = Object.assign(document.createElement("video"), { muted: true, srcObject: media.slots[0].stream });
  await video.play();
  const send = hall.send.bind(hall);
  let answered;
  const told = new Promise((done) => (answered = done));
  hall.send = (type, data) => send(type, data).then(() => answered([type, data]));
  const watching = reportWatching(hall, video, { lookMs: 50 });
  while (watching.sums.played_ms < 300) await new Promise((done) => setTimeout(done, 20));
  watching.stop();
  return [watching.sums, await told];
}"""

Visit = Callable[..., Awaitable[Page]]


async def until(page: Page, condition: str) -> None:
    """Wait until something holds on a page; its policy lets nobody evaluate text there."""
    await page.evaluate(f"async () => {{ while (!({condition})) await new Promise((done) => setTimeout(done, 20)); }}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium with a fake camera."""
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        yield chromium
        await chromium.close()


@pytest.fixture
def room(server: Server) -> str:
    return server.create_room(f"seen-{next(_numbers)}")


@pytest_asyncio.fixture(loop_scope="module")
async def visit(server: Server, browser: Browser, room: str) -> AsyncIterator[Visit]:
    """Opens a page for somebody; errors on it fail the test."""
    faults: list[str] = []
    pages: list[Page] = []

    async def open_one(user_id: str, role: str = "viewer", *, camera: bool = True, **options: Any) -> Page:
        page = await (await browser.new_context()).new_page()
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        pages.append(page)
        await page.goto(f"{server.address}/healthz")
        token = server.token(user_id, role=role, rooms=[room] if role == "host" else None)
        await page.evaluate(ENTER, {"token": token, "name": room, "options": options, "camera": camera})
        return page

    yield open_one
    for page in pages:
        await page.context.close()
    assert not faults


async def test_a_watcher_sees_and_hears_the_host_and_mute_is_heard(visit: Visit) -> None:
    host = await visit("host", "host")
    watcher = await visit("watcher", camera=False, watch=True)
    await watcher.evaluate(GETS, ["video", 10])
    await watcher.evaluate(GETS, ["audio", 20])
    await host.evaluate("media.mute('audio', true)")
    await until(watcher, "hall.state.totals.media_stage?.on_air?.[0]?.kinds?.join() === 'video'")
    await watcher.evaluate(GOES_ON_IN_SILENCE, 10)
    await host.evaluate("media.mute('audio', false)")
    await watcher.evaluate(GETS, ["audio", 10])
    sums, told = await watcher.evaluate(WATCH)
    assert told == ["watch.report", sums]
    assert sums["height"] > 0
    assert sums["played_ms"] >= 300


async def test_both_layers_of_a_camera_are_forwarded_as_one_picture(visit: Visit) -> None:
    host = await visit("host", "host", simulcast=True)
    watcher = await visit("watcher", camera=False, watch=True)
    await watcher.evaluate(GETS, ["video", 15])
    layers = """async () => {
      const sent = [];
      for (const entry of (await media.stats()).values()) {
        if (entry.type === "outbound-rtp" && entry.kind === "video") sent.push(entry.rid);
      }
      return sent.sort();
    }"""
    assert await host.evaluate(layers) == ["h", "l"]


async def test_pages_find_each_other_again_when_the_worker_dies(server: Server, visit: Visit) -> None:
    await visit("host", "host")
    watcher = await visit("watcher", camera=False, watch=True)
    await watcher.evaluate(GETS, ["video", 5])
    for child in psutil.Process(server.process.pid).children():
        if any("sfu.worker" in part for part in child.cmdline()):
            child.send_signal(signal.SIGKILL)
    await until(watcher, "states.includes('lost') && media.state === 'connected'")
    await watcher.evaluate(GETS, ["video", 5])


async def test_who_has_waited_for_the_connection_has_it_before_the_server_says_so(visit: Visit) -> None:
    host = await visit("host", "host", camera=False)
    assert await host.evaluate(UNTOLD) == "connected"
    await host.evaluate("untold.close()")


async def test_a_camera_that_is_refused_leaves_the_rest_alone(visit: Visit) -> None:
    """The user says no: sound alone goes up, or nothing; the connection stands all the same."""
    host = await visit("host", "host", camera=False)
    assert await host.evaluate("media.state") == "connected"
    sound = "navigator.mediaDevices.getUserMedia({ audio: true }).then((stream) => media.use(stream))"
    await host.evaluate(sound)
    watcher = await visit("watcher", camera=False, watch=True)
    await watcher.evaluate(GETS, ["audio", 10])
    assert await watcher.evaluate(COUNT, "video") == 0


async def test_what_was_told_while_the_socket_was_away_is_read_from_the_join(visit: Visit) -> None:
    host = await visit("host", "host", camera=False)
    await until(host, "told?.state === 'connected' && media.kinds.length === 2")
    await host.evaluate("hall.emit('joined', { me: { media: { ...told, kinds: ['audio'], muted: ['audio'] } } })")
    assert await host.evaluate("[media.state, media.kinds.join(), media.muted.join()]") == [
        "connected",
        "audio",
        "audio",
    ]


@pytest.mark.parametrize(
    "news",
    [
        "hall.emit('joined', { me: {} })",
        "hall.emit('media.changed', { media: { ...told, state: 'closed', kinds: [], why: 'lost' } })",
    ],
)
async def test_a_connection_that_the_server_does_not_know_is_made_anew(visit: Visit, news: str) -> None:
    host = await visit("host", "host", camera=False)
    await until(host, "told?.state === 'connected' && media.kinds.length === 2")
    await host.evaluate("globalThis.before = told.session")
    await host.evaluate(news)
    await until(host, "media.state === 'connected' && told.session !== before && media.kinds.length === 2")
    assert await host.evaluate("states.slice(-2)") == ["lost", "connected"]


async def test_a_ticket_that_has_ended_is_the_end(visit: Visit) -> None:
    host = await visit("host", "host", camera=False)
    await until(host, "told?.state === 'connected'")
    await host.evaluate("hall.send('media.prepare')")  # of another tab: the newest is the only one
    await host.evaluate("hall.emit('media.changed', { media: { ...told, state: 'lost' } })")
    await until(host, "media.state === 'closed'")
    assert await host.evaluate("states.slice(-2)") == ["lost", "closed"]


async def test_what_is_muted_is_known_on_the_page_after(visit: Visit) -> None:
    host = await visit("host", "host", camera=False)
    await host.evaluate("media.mute('audio', true)")
    assert await host.evaluate("media.muted") == ["audio"]
    again = await visit("host", "host", camera=False)
    await until(again, "media.muted.join() === 'audio'")
    await again.evaluate("media.mute('audio', false)")
    await until(host, "media.muted.length === 0")
