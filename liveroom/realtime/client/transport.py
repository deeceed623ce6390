"""A WebSocket as the client needs it, on the `websockets` library.

Promise: one exception, `TransportClosed`, for every way in which a connection can fail or end. The heartbeat is
the protocol's own, so the library's pings are off; compression is off unless asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.http11 import Response
from websockets.typing import Subprotocol

from liveroom.realtime.codes import SUBPROTOCOL

OPEN_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0
MESSAGE_BYTES_MAX = 16 * 1024 * 1024
"""Largest frame taken from the server: a snapshot is far smaller, a runaway peer must not fill the memory."""

_RETRY_STATUS = frozenset({408, 425, 429})


class TransportClosed(Exception):
    """The connection ended or did not come about.

    `code` is the close code, 1006 when there was none; `reconnect` is False where coming back cannot help, None
    where the close code decides.
    """

    def __init__(
        self, code: int, reason: str, *, reconnect: bool | None = None, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(f"closed with {code}: {reason}")
        self.code = code
        self.reason = reason
        self.reconnect = reconnect
        self.retry_after_ms = retry_after_ms


class Transport(Protocol):
    """Text messages both ways."""

    async def send(self, text: str) -> None:
        """Write one message. Raises TransportClosed."""

    async def receive(self) -> str:
        """Read one message. Raises TransportClosed."""

    async def close(self) -> None:
        """Close with 1000; returns within 2 s whatever the peer does."""


Connector = Callable[[str], Awaitable[Transport]]


class WebsocketTransport:
    """`Transport` on a connection of the `websockets` library."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        """Write one message; waits while the network is full."""
        try:
            await self._socket.send(text)
        except ConnectionClosed as ended:
            raise _as_closed(ended) from ended

    async def receive(self) -> str:
        """The next text message; binary ones are not of this protocol and are passed over."""
        try:
            while True:
                message = await self._socket.recv()
                if isinstance(message, str):
                    return message
        except ConnectionClosed as ended:
            raise _as_closed(ended) from ended

    async def close(self) -> None:
        """Close with 1000."""
        await self._socket.close()


async def open_websocket(url: str, *, compress: bool = False) -> Transport:
    """Open a WebSocket at `url` (ws or wss) with the subprotocol of liveroom.

    Raises:
        TransportClosed: refused, unreachable, not a liveroom server, or over 10 s.
    """
    try:
        socket = await connect(
            url,
            subprotocols=[Subprotocol(SUBPROTOCOL)],
            compression="deflate" if compress else None,
            ping_interval=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MESSAGE_BYTES_MAX,
        )
    except InvalidURI as wrong:
        raise TransportClosed(1006, str(wrong), reconnect=False) from wrong
    except InvalidStatus as refused:
        raise _as_refused(refused.response) from refused
    except (OSError, TimeoutError, InvalidHandshake) as failed:
        raise TransportClosed(1006, f"no connection: {failed}") from failed
    if socket.subprotocol != SUBPROTOCOL:
        await socket.close(1002)
        raise TransportClosed(1006, f"the server does not speak {SUBPROTOCOL}", reconnect=False)
    return WebsocketTransport(socket)


def _as_closed(ended: ConnectionClosed) -> TransportClosed:
    if ended.rcvd is None:
        return TransportClosed(1006, "the connection was cut")
    return TransportClosed(ended.rcvd.code, ended.rcvd.reason)


def _as_refused(response: Response) -> TransportClosed:
    """An HTTP answer instead of the upgrade: 4xx is our fault and stays so, the rest passes (docs/protocol.md)."""
    wait_s = response.headers.get("Retry-After", "")
    final = 400 <= response.status_code < 500 and response.status_code not in _RETRY_STATUS
    return TransportClosed(
        1006,
        f"the server answered HTTP {response.status_code}",
        reconnect=not final,
        retry_after_ms=int(wait_s) * 1000 if wait_s.isdecimal() else None,
    )
