"""A server, a browser and people: each test has its own room; a fault that a page reports fails the test."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from tests.browser.notes import NOTE
from tests.browser.people import Host, Viewer
from tests.browser.proxy import Proxy
from tests.support.chromium import find_chromium
from tests.support.server import Server, running_server

PHONE = {"width": 390, "height": 844}
FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
DESK = {"width": 1440, "height": 900}
USUAL = {"locale": "en-US", "viewport": PHONE, "reduced_motion": "reduce"}
"""Little motion: without a graphics card, whatever moves takes most of a core."""
PATIENCE_MS = 30_000
"""Other tests run beside these, and a page that comes late is no fault."""
expect.set_options(timeout=PATIENCE_MS)
_numbers = itertools.count(1)

OpenPage = Callable[..., Awaitable[Page]]
Watch = Callable[[str, str], Awaitable[Page]]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all browser tests; tokens are given to whoever asks, as in the demo."""
    with running_server(LIVEROOM_DEMO="true", LIVEROOM_GIFT_BILLING="open") as started:
        yield started


@pytest.fixture
def room(server: Server) -> str:
    """A room of its own, not yet open."""
    name = f"room-{next(_numbers)}"
    body = {"id": name, "title": "Evening sale", "scene": "commerce", "host": {"id": f"host-{name}", "name": "Coco"}}
    headers = {"Authorization": f"Bearer {server.token('ops', role='operator')}"}
    httpx.post(f"{server.address}/api/v1/rooms", json=body, headers=headers).raise_for_status()
    return name


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A Chromium for all tests of the pages, which run in one loop for its sake."""
    flags = [*FAKE_DEVICES, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(server: Server, browser: Browser) -> AsyncIterator[OpenPage]:
    """Opens a page in a profile of its own. Errors in its console and breaches of its policy fail the test."""
    faults: list[str] = []
    contexts: list[BrowserContext] = []

    def note(message: ConsoleMessage, allow: Sequence[str]) -> None:
        if message.type in ("error", "warning") and not any(part in message.text for part in allow):
            faults.append(message.text)

    async def open_one(path: str, *, base: str = server.address, allow: Sequence[str] = (), **options: object) -> Page:
        context = await browser.new_context(**{**USUAL, **options})  # type: ignore[arg-type] # options of Playwright
        contexts.append(context)
        await context.add_init_script(NOTE)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: note(message, allow))
        page.on("pageerror", lambda error: faults.append(str(error)))
        await page.goto(base + path)
        return page

    yield open_one
    for context in contexts:
        await context.close()
    assert not faults, f"the pages reported {faults}"


@pytest.fixture
def viewer(open_page: OpenPage, room: str) -> Callable[..., Awaitable[Viewer]]:
    """A viewer who has entered the room, in a browser of their own."""

    async def enter(name: str, **options: object) -> Viewer:
        person = Viewer(await open_page(f"/room/{room}", **options))
        await person.enter(name)
        return person

    return enter


@pytest.fixture
def watch(open_page: OpenPage, server: Server) -> Watch:
    """Opens the page of a room for somebody whom the app knows by name."""

    async def enter(room: str, name: str) -> Page:
        page = await open_page(f"/room/{room}#token={server.token(f'u-{name}', name=name)}")
        await Viewer(page).is_in()
        return page

    return enter


@pytest_asyncio.fixture(loop_scope="session")
async def host(open_page: OpenPage, room: str) -> Host:
    """The room's host at the console."""
    person = Host(await open_page(f"/host/{room}", viewport=DESK))
    await person.is_in()
    return person


@pytest_asyncio.fixture(loop_scope="session")
async def live_host(host: Host) -> Host:
    """The host, with the show running."""
    await host.open()
    await host.go_live()
    return host


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(server: Server) -> AsyncIterator[Proxy]:
    """A network that can be cut."""
    forwarding = Proxy(server.port)
    await forwarding.start()
    yield forwarding
    await forwarding.stop()
