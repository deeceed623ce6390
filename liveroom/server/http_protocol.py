"""uvicorn's HTTP protocol with the bounds it lacks: how many, a size and a time for the header, a time for the rest.

Without them a socket that says nothing, or a byte now and then, stays open for ever (slow-loris); every socket
begins here, WebSockets too.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from liveroom.realtime.gateway import Gateway
from liveroom.realtime.handshake import is_trusted

HEADER_BYTES = 16 * 1024
EXCHANGE_S = 30.0
"""From the end of a header to the end of the body and of the response; longer than any route takes."""
RETRY_AFTER_S = 5
"""Told to who finds no place; a header or an exchange of somebody else is over by then, or soon after."""
MAX_PIPELINED = 16
"""Requests that may wait for the answer to the one before them."""


class BoundExceeded(Exception):
    """A request is larger than may be; raised inside the parser to stop it."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """See the module; `gateway` and `header_timeout_s` are bound by `bind_http_protocol`."""

    gateway: ClassVar[Gateway]
    header_timeout_s: ClassVar[float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._headers_read = 0
        self._bodies_read = 0
        self._in_header = True
        self._received_bytes = 0
        self._field_bytes = 0
        self._address = ""
        self._is_counted = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """A socket was opened; its first header is due, if there is a place for it."""
        super().connection_made(transport)
        if self._enter():
            self._expect_header()

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived; those of a header are counted."""
        if self._headers_read and not self._in_header and self._headers_read == self._bodies_read:
            # RFC 9112 §2.2: empty lines before a request are ignored; here they do not keep a socket alive either.
            data = data.lstrip(b"\r\n")
            if not data:
                return
        if self._in_header:
            self._received_bytes += len(data)
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self._hand_over(data[upgrade.args[0] :])
        except httptools.HttpParserCallbackError:
            self._refuse(b"431 Request Header Fields Too Large")
        except httptools.HttpParserError:
            self._refuse(b"400 Bad Request")
        if self._in_header and self._received_bytes > HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """A request begins; after the first one its header gets a deadline of its own."""
        super().on_message_begin()
        self._field_bytes = 0
        if not self._in_header:
            self._in_header = True
            self._received_bytes = 0
            self._expect_header()

    def on_url(self, url: bytes) -> None:
        """A part of the URL."""
        self._count_field(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        self._count_field(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The header is here."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise BoundExceeded
        self._in_header = False
        self._headers_read += 1
        super().on_headers_complete()
        self._expect(EXCHANGE_S, BoundedHttpProtocol._check_exchange)

    def on_message_complete(self) -> None:
        """The body is here."""
        self._bodies_read = self._headers_read
        super().on_message_complete()

    def shutdown(self) -> None:
        """The server stops: a request that is here is answered; the rest of one that is not, nobody waits for."""
        if self._bodies_read < self._headers_read:
            self.transport.abort()
        else:
            super().shutdown()

    def _count_field(self, size: int) -> None:
        self._field_bytes += size
        if self._field_bytes > HEADER_BYTES:
            raise BoundExceeded

    def _enter(self) -> bool:
        """Take a place among the open sockets, or send the peer away."""
        gateway = self.gateway
        peer = str(self.client[0]) if self.client else ""
        # A proxy speaks for many; whom it forwards is counted when they upgrade.
        self._address = "" if is_trusted(peer, gateway.policy) else peer
        reason = "full" if gateway.occupancy.is_full() else "address" if self._is_crowded() else ""
        if not reason:
            gateway.occupancy.enter(self._address)
            self._is_counted = True
            return True
        gateway.telemetry.handshake_refused(reason)
        self._refuse(b"503 Service Unavailable\r\nRetry-After: %d" % RETRY_AFTER_S)
        return False

    def _is_crowded(self) -> bool:
        return bool(self._address) and self.gateway.occupancy.is_full_for(self._address)

    def _leave(self) -> None:
        if self._is_counted:
            self._is_counted = False
            self.gateway.occupancy.leave(self._address)

    def _hand_over(self, rest: bytes) -> None:
        """From here on the socket is a WebSocket; uvicorn alone would lose what came right behind the request."""
        self._leave()  # The gateway counts it from here on, by the address a proxy may have told.
        self.handle_websocket_upgrade()
        # It holds methods of this object: a circle that would wait for the garbage collector, for every WebSocket.
        del self.parser
        if rest and not self.transport.is_closing():
            self.transport.get_protocol().data_received(rest)  # type: ignore[attr-defined] # set just now

    def _expect_header(self) -> None:
        self._expect(self.header_timeout_s, BoundedHttpProtocol._check_header)

    def _expect(self, delay_s: float, check: Callable[[BoundedHttpProtocol, int], None]) -> None:
        """Look later, without keeping a socket in memory that is gone by then."""
        self.gateway.agenda.add(delay_s, _check_later, weakref.ref(self), check, self._headers_read)

    def _check_header(self, headers_read: int) -> None:
        if self._in_header and self._headers_read == headers_read and self.transport.get_protocol() is self:
            self._refuse(b"408 Request Timeout")

    def _check_exchange(self, headers_read: int) -> None:
        if self.transport.get_protocol() is not self:
            return
        is_answered = self.cycle.response_complete or self._headers_read > headers_read
        if not is_answered or self._bodies_read < headers_read:
            self.transport.abort()

    def _refuse(self, status: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
            self.transport.close()


def _check_later(
    protocol: weakref.ref[BoundedHttpProtocol], check: Callable[[BoundedHttpProtocol, int], None], headers_read: int
) -> None:
    alive = protocol()
    if alive is not None:
        check(alive, headers_read)


def bind_http_protocol(gateway: Gateway, header_timeout_s: float) -> type[BoundedHttpProtocol]:
    """The protocol class for uvicorn's `http` setting."""
    return type("BoundHttp", (BoundedHttpProtocol,), {"gateway": gateway, "header_timeout_s": header_timeout_s})
