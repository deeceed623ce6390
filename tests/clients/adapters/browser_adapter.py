"""The conformance adapter of the JavaScript client in a browser.

Usage: browser_adapter.py DEVTOOLS_URL PAGE_URL. Opens the page in a context of its own of a Chromium that runs
already, passes the judge's instructions in, and prints what the page reports.
"""

from __future__ import annotations

import asyncio
import json
import sys
from itertools import count
from typing import Any

from websockets.asyncio.client import ClientConnection, connect


class DevTools:
    """Chromium's remote debugging, as far as an adapter needs it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.ready = asyncio.Event()
        self._socket = socket
        self._ids = count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Call a method and return its result."""
        number = next(self._ids)
        self._answers[number] = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        await self._socket.send(json.dumps(message))
        return await self._answers[number]

    async def listen(self) -> None:
        """Settle calls and print what the page reports."""
        async for text in self._socket:
            message = json.loads(text)
            if "id" in message:
                self._answers.pop(message["id"]).set_result(message.get("result", {}))
            elif message.get("method") == "Runtime.bindingCalled":
                self._hear(message["params"]["payload"])
            elif message.get("method") == "Runtime.exceptionThrown":
                sys.stderr.write(json.dumps(message["params"]["exceptionDetails"])[:2000] + "\n")

    def _hear(self, line: str) -> None:
        if json.loads(line).get("ready"):
            self.ready.set()
        else:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


async def open_page(devtools: DevTools, page_url: str) -> tuple[str, str]:
    """A page in a fresh context; returns the context's and the session's id."""
    context = (await devtools.call("Target.createBrowserContext"))["browserContextId"]
    target = await devtools.call("Target.createTarget", url="about:blank", browserContextId=context)
    attached = await devtools.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
    session = attached["sessionId"]
    await devtools.call("Runtime.enable", session)
    await devtools.call("Runtime.addBinding", session, name="told")
    await devtools.call("Page.navigate", session, url=page_url)
    async with asyncio.timeout(60):
        await devtools.ready.wait()
    return context, session


async def main(devtools_url: str, page_url: str) -> None:
    """Do as told until told to close."""
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    async with connect(devtools_url, compression=None, max_size=None, ping_interval=None) as socket:
        devtools = DevTools(socket)
        listening = asyncio.create_task(devtools.listen())
        context, session = await open_page(devtools, page_url)
        while line := await stdin.readline():
            expression = f"void perform({line.decode()})"
            await devtools.call("Runtime.evaluate", session, expression=expression)
            if json.loads(line)["do"] == "close":
                break
        await devtools.call("Target.disposeBrowserContext", browserContextId=context)
        listening.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
