"""Where the client under test connects to: a WebSocket server on a free loopback port.

Promise: every attempt is seen, with its time; refusals in HTTP can be played. At most `BACKLOG` connections wait
for the scenario; a client that opens more is closed with 1013.
"""

from __future__ import annotations

import asyncio
import http
from collections.abc import Callable
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.extensions.permessage_deflate import ServerPerMessageDeflateFactory
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from liveroom.realtime.codes import PATH, SUBPROTOCOL
from liveroom.server.conformance.peer import Peer
from liveroom.server.conformance.verdict import Broken

BACKLOG = 64


class Port:
    """The scripted server's door."""

    def __init__(self, deflate: bool, note: Callable[[str], None]) -> None:
        self.refusals = 0
        self.attempts: list[float] = []
        self.offered: list[str] = []
        self._deflate = deflate
        self._note = note
        self._arrived: asyncio.Queue[Peer] = asyncio.Queue(BACKLOG)
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """The address to give to the client."""
        if self._server is None:
            raise RuntimeError("the port is not open")
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}{PATH}"

    async def __aenter__(self) -> Self:
        """Open the port."""
        factory = ServerPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
        self._server = await serve(
            self._serve,
            "127.0.0.1",
            0,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            extensions=[factory] if self._deflate else None,
            compression=None,
            process_request=self._look,
            ping_interval=None,
            close_timeout=1,
            max_size=1024 * 1024,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the port and all connections."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def accept(self, within_s: float, otherwise: str) -> Peer:
        """The next connection, waiting ones first.

        Raises:
            Broken: none in time; the message is `otherwise`.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self._arrived.get()
        except TimeoutError:
            raise Broken(f"{otherwise} (waited {within_s:g} s)") from None

    async def stay_quiet(self, for_s: float, because: str) -> None:
        """Check that nobody comes.

        Raises:
            Broken: somebody did.
        """
        before = len(self.attempts)
        try:
            async with asyncio.timeout(for_s):
                await self._arrived.get()
        except TimeoutError:
            if len(self.attempts) == before:
                return
        raise Broken(f"the client opened a new connection; {because}")

    def _look(self, _socket: ServerConnection, request: Request) -> Response | None:
        self.attempts.append(asyncio.get_running_loop().time())
        self.offered.append(request.headers.get("Sec-WebSocket-Protocol", ""))
        if self.refusals > 0:
            self.refusals -= 1
            self._note("server  answers 503")
            refused = _socket.respond(http.HTTPStatus.SERVICE_UNAVAILABLE, "busy\n")
            refused.headers["Retry-After"] = "1"
            return refused
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        peer = Peer(socket, self.attempts[-1], self._note)
        self._note(f"server  accepts a connection to {peer.path}")
        try:
            self._arrived.put_nowait(peer)
        except asyncio.QueueFull:
            await socket.close(1013)
            return
        waits = (asyncio.create_task(peer.done.wait()), asyncio.create_task(socket.wait_closed()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
