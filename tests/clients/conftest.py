"""The adapters of our own clients, as the conformance suite starts them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import http.server
import json
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.clients.adapters.browser_adapter import DevTools, open_page
from tests.clients.fakes import FakeNetwork
from tests.support.chromium import running_chromium

ADAPTERS = Path(__file__).parent / "adapters"
WEB = Path(__file__).parents[2] / "liveroom" / "server" / "web"

Run = Callable[[str], Awaitable[Any]]

SURROUND = """const { surround, turn } = await import("/surroundings.mjs");
        const { live, room, time, wire, welcome } = surround();"""


class Files(http.server.SimpleHTTPRequestHandler):
    """The adapter's page at /, the client's modules at /web/."""

    def translate_path(self, path: str) -> str:
        """The file for a request target."""
        name = path.split("?")[0].lstrip("/")
        return str(WEB / name.removeprefix("web/")) if name.startswith("web/") else str(ADAPTERS / name)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are of no interest."""


@contextmanager
def serving_files() -> Iterator[str]:
    """Serve the page on a free port; gives its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=str(WEB))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/page.html"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def network() -> FakeNetwork:
    """Nobody is connected."""
    return FakeNetwork()


@pytest.fixture(scope="session")
def python_adapter() -> list[str]:
    """Starts the Python client's adapter."""
    return [sys.executable, str(ADAPTERS / "python_adapter.py")]


@pytest.fixture(scope="session")
def browser_page() -> Iterator[tuple[str, str]]:
    """The remote debugging of one Chromium for all tests, and the page with the JavaScript client."""
    with running_chromium() as devtools, serving_files() as page:
        yield devtools, page


@pytest.fixture(scope="session")
def browser_adapter(browser_page: tuple[str, str]) -> list[str]:
    """Starts the JavaScript client's adapter: a page of its own for each scenario."""
    return [sys.executable, str(ADAPTERS / "browser_adapter.py"), *browser_page]


@pytest.fixture
async def run(browser_page: tuple[str, str]) -> AsyncIterator[Run]:
    """Runs the body of an async function in the page and gives what it returns."""
    devtools_url, page_url = browser_page
    async with connect(devtools_url, compression=None, max_size=None, ping_interval=None) as socket:
        devtools = DevTools(socket)
        listening = asyncio.create_task(devtools.listen())
        context, session = await open_page(devtools, page_url)

        async def evaluate(body: str) -> Any:
            expression = f"(async () => {{ {body} }})().then(JSON.stringify)"
            options = {"expression": expression, "awaitPromise": True, "returnByValue": True}
            result = await devtools.call("Runtime.evaluate", session, **options)
            assert "exceptionDetails" not in result, result["exceptionDetails"]
            return json.loads(result["result"]["value"])

        yield evaluate
        await devtools.call("Target.disposeBrowserContext", browserContextId=context)
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
