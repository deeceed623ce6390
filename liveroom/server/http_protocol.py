"""uvicorn's HTTP protocol with the bounds it lacks: a time for the header, and a size.

Without them a socket that says nothing, or a byte now and then, stays open for ever (slow-loris); every socket
begins here, WebSockets too.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from liveroom.realtime.agenda import Agenda

HEADER_BYTES = 16 * 1024


class BoundedHttpProtocol(HttpToolsProtocol):
    """See the module; `agenda` and `header_timeout_s` are bound by `bind_http_protocol`."""

    agenda: ClassVar[Agenda]
    header_timeout_s: ClassVar[float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requests = 0
        self._in_header = True
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        """A socket was opened; its first header is due."""
        super().connection_made(transport)
        self._expect_header()

    def data_received(self, data: bytes) -> None:
        """Bytes arrived; those of a header are counted."""
        if self._in_header:
            self._header_bytes += len(data)
        super().data_received(data)
        if self._in_header and self._header_bytes > HEADER_BYTES:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """A request begins; after the first one its header gets a deadline of its own."""
        super().on_message_begin()
        if not self._in_header:
            self._in_header = True
            self._header_bytes = 0
            self._expect_header()

    def on_headers_complete(self) -> None:
        """The header is here."""
        self._in_header = False
        self._requests += 1
        super().on_headers_complete()

    def _expect_header(self) -> None:
        self.agenda.add(self.header_timeout_s, self._check_header, self._requests)

    def _check_header(self, requests: int) -> None:
        if self._in_header and self._requests == requests and self.transport.get_protocol() is self:
            self._refuse(b"408 Request Timeout")

    def _refuse(self, status: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
            self.transport.close()


def bind_http_protocol(agenda: Agenda, header_timeout_s: float) -> type[BoundedHttpProtocol]:
    """The protocol class for uvicorn's `http` setting."""
    return type("BoundHttp", (BoundedHttpProtocol,), {"agenda": agenda, "header_timeout_s": header_timeout_s})
