"""Two browsers on a stage: how long after «accept» each sees the first picture of the other.

The cameras are Chromium's fake ones. Warm: the guest's connection stands while the invitation is out. Cold: it is begun
when the guest is on the seat.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from loadtests.bench.cohost.network import SlowNetwork
from loadtests.bench.errors import BenchError
from loadtests.bench.live_server import LiveServer

SCRIPT = Path(__file__).with_name("stage.js")
FLAGS = (
    # As cameras of people do; the fake one would take 20 pictures a second.
    "--use-fake-device-for-media-stream=fps=30",
    "--use-fake-ui-for-media-stream",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--autoplay-policy=no-user-gesture-required",
)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chromium-headless-shell")
"""In this order: what people have, then what machines for tests have."""
ENTER_S = 20.0
REST_S = 0.9
"""Between two steps, so that what was stopped has stopped, and nobody asks faster than people may."""


class Pages:
    """A host and a guest in browsers of their own.

    Args:
        network: what is between them and the server; None: nothing.
    """

    def __init__(self, server: LiveServer, port: int, room: str, network: SlowNetwork | None = None) -> None:
        self._server = server
        self._port = port
        self._room = room
        self._network = network
        self._guest_name = server.tokens.name_user(f"guest-{room}")
        self.host: Page
        self.guest: Page

    async def open(self, browser: Browser) -> None:
        """Both enter; the host is on the air."""
        tokens = self._server.tokens
        self.host = await self._enter(browser, tokens.make(f"host-{self._room}", "host", [self._room]))
        self.guest = await self._enter(browser, tokens.make(f"guest-{self._room}", "viewer"))
        await self.host.evaluate("warm(person)")

    async def _enter(self, browser: Browser, token: str) -> Page:
        page = await (await browser.new_context()).new_page()
        network, port = self._network, self._port
        if network is not None:
            await page.expose_function("relayUdp", network.relay_udp)
            port = await network.relay_tcp(self._port)
        # A page that the server itself serves, or the browser takes us for a stranger to this machine. Our script
        # stands beside it and brings the client of the server.
        address = f"http://127.0.0.1:{self._port}"
        script = SCRIPT.read_text("utf-8")
        await page.route(
            f"{address}/bench.js", lambda route: route.fulfill(content_type="text/javascript", body=script)
        )
        await page.goto(f"{address}/healthz")
        wanted = {"token": token, "name": self._room, "url": f"ws://127.0.0.1:{port}/ws", "relay": network is not None}
        async with asyncio.timeout(ENTER_S):
            await page.evaluate(
                """async (wanted) => {
                  Object.assign(globalThis, await import("/bench.js"));
                  globalThis.person = await enter(wanted);
                  await openCamera(person);
                }""",
                wanted,
            )
        return page

    async def seat(self, *, warm: bool) -> dict[str, float]:
        """The guest applies, is accepted, and leaves again; ms from «accept» to the first picture at both."""
        await self.guest.evaluate("apply(person)")
        if warm:
            await self.guest.evaluate("warm(person)")
            await asyncio.sleep(REST_S)
        since = await self.host.evaluate("(guest) => accept(person, guest)", self._guest_name)
        connecting = None if warm else asyncio.ensure_future(self.guest.evaluate("warm(person)"))
        at_host, at_guest = await asyncio.gather(
            self.host.evaluate(f"firstPicture(person, {since})"), self.guest.evaluate(f"firstPicture(person, {since})")
        )
        if connecting is not None:
            await connecting
        if at_host is None or at_guest is None:
            raise BenchError("no picture came within 20 s")
        return {"host": at_host - since, "guest": at_guest - since}

    async def leave(self) -> None:
        """The guest gets up, and drops the connection."""
        await self.guest.evaluate("person.room.send('stage.leave', {})")
        await self.guest.evaluate("person.media.close()")
        await asyncio.sleep(REST_S)

    async def close(self) -> None:
        """Both go."""
        for page in (self.host, self.guest):
            await page.context.close()

    async def count(self, seconds: float) -> dict[str, float]:
        """Pictures sent and decoded at the other side within so many seconds, with the guest on the seat."""
        before = [await page.evaluate("pictures(person)") for page in (self.host, self.guest)]
        await asyncio.sleep(seconds)
        after = [await page.evaluate("pictures(person)") for page in (self.host, self.guest)]
        counted: list[dict[str, float]] = [
            {name: new[name] - old[name] for name in new} for old, new in zip(before, after, strict=True)
        ]
        sent = counted[0]["encoded"] + counted[1]["encoded"]
        seen = counted[0]["decoded"] + counted[1]["decoded"]
        return {"sent": sent, "decoded": seen, "decoded_share": round(seen / max(1, sent), 4)}


def find_program() -> str | None:
    """The Chromium of this machine; None: Playwright's own, if it has one."""
    given = os.environ.get("LIVEROOM_CHROMIUM")
    return given or next((path for name in NAMES if (path := shutil.which(name))), None)


async def with_browser(work: Callable[[Browser], Awaitable[Any]]) -> Any:
    """Do something with a Chromium. Raises BenchError when there is none, or when a page fails."""
    program = find_program()
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=program, args=flags)
        except PlaywrightError as error:
            raise BenchError(f"no Chromium could be started; name one in LIVEROOM_CHROMIUM: {error}") from None
        try:
            return await work(browser)
        except (PlaywrightError, TimeoutError) as error:
            raise BenchError(f"the pages did not do what they were to: {error!r}") from error
        finally:
            await browser.close()
