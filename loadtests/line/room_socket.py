"""One WebSocket under gevent: the handshake by `websockets`' sans-I/O layer, the frames read raw.

No greenlet waits on the socket: gevent's loop calls back when there is something to read, and one read brings many
frames. That is what lets one worker hold a thousand viewers and still be on time. Compression is not offered: it
would measure zlib.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from functools import cache
from typing import Any, Final

import gevent
from websockets.client import ClientProtocol
from websockets.exceptions import WebSocketException
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import WebSocketURI

from liveroom.realtime.codes import SUBPROTOCOL
from loadtests.bench.errors import ProtocolFault
from loadtests.bench.frames import CLOSE, PING, PONG, TEXT, make_frame, split_frames
from loadtests.line.errors import Cut, NotConnected

CONNECT_TIMEOUT_S: Final = 20.0
"""Opening a socket, and each step of its upgrade: above it the user counts as not connected."""
BACKLOG_BYTES: Final = 1024 * 1024
"""Bytes the server has not taken; above this the connection is given up."""
READ_BYTES: Final = 65_536
_HEAD_BYTES: Final = 16_384
_READ: Final = 1
_WRITE: Final = 2
_NOT_NOW: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_MASK: Final = b"\x51\x0e\xa7\x3c"
"""RFC 6455 §5.3 wants masks that a web page cannot foresee; no page chooses these bytes."""
_GOODBYE: Final = make_frame((1000).to_bytes(2, "big"), _MASK, CLOSE)

Heard = Callable[[bytes, int], None]
"""Called with the payload of a text frame, and the monotonic time in nanoseconds at which it had been read."""
Ended = Callable[[str], None]
"""Called with the reason when the connection has ended although nobody here wanted it."""


class RoomSocket:
    """An open WebSocket. It hears nothing before `listen`."""

    def __init__(self, address: WebSocketURI) -> None:
        """Connect and upgrade. Raises NotConnected."""
        self._tail = b""
        self._backlog = bytearray()
        self._heard: Heard | None = None
        self._ended: Ended | None = None
        try:
            self._seat = _dial(address)
            self._upgrade(address)
        except (OSError, WebSocketException, ProtocolFault) as error:
            raise NotConnected(f"{type(error).__name__}: {error}"[:120]) from error
        self._seat.settimeout(0.0)
        loop: Any = gevent.get_hub().loop
        self._reading = loop.io(self._seat.fileno(), _READ)
        self._writing = loop.io(self._seat.fileno(), _WRITE)

    def _upgrade(self, address: WebSocketURI) -> None:
        protocol = ClientProtocol(address, subprotocols=[Subprotocol(SUBPROTOCOL)])
        protocol.send_request(protocol.connect())
        self._seat.sendall(b"".join(protocol.data_to_send()))
        head = b""
        while b"\r\n\r\n" not in head:
            data = self._seat.recv(READ_BYTES)
            head += data
            if not data or len(head) > _HEAD_BYTES:
                raise ProtocolFault("the upgrade was not answered with an HTTP response")
        answer, end, self._tail = head.partition(b"\r\n\r\n")
        protocol.receive_data(answer + end)
        if protocol.handshake_exc is not None:
            raise protocol.handshake_exc
        if not any(isinstance(event, Response) for event in protocol.events_received()):
            raise ProtocolFault("the upgrade was not answered")

    def listen(self, heard: Heard, ended: Ended) -> None:
        """Call back for everything that comes, from inside gevent's loop: the callbacks must not wait."""
        self._heard, self._ended = heard, ended
        self._reading.start(self._read)

    def send(self, payload: bytes) -> None:
        """Send one text message; what the server does not take now is kept. Raises Cut."""
        self._write(make_frame(payload, _MASK))

    def _read(self) -> None:
        """The socket has something: read it, understand it."""
        try:
            data = self._seat.recv(READ_BYTES)
        except _NOT_NOW:
            return
        except OSError as error:
            self._end(type(error).__name__)
            return
        now_ns = time.monotonic_ns()
        if not data:
            self._end("end of stream")
            return
        try:
            self._digest(data, now_ns)
        except (ProtocolFault, Cut) as error:
            self._end(str(error)[:120])
            return
        if isinstance(self._seat, ssl.SSLSocket) and self._seat.pending():
            self._read()  # decrypted already: the loop would not call for it

    def _digest(self, data: bytes, now_ns: int) -> None:
        frames, self._tail = split_frames(self._tail + data if self._tail else data)
        for opcode, payload in frames:
            if self._heard is None:
                return
            if opcode == TEXT:
                self._heard(payload, now_ns)
            elif opcode == PING:
                self._write(make_frame(payload, _MASK, PONG))
            elif opcode == CLOSE:
                why = payload[2:].decode("utf-8", "replace")
                raise Cut(f"closed with {int.from_bytes(payload[:2], 'big')} {why}")

    def _write(self, frame: bytes) -> None:
        self._backlog += frame
        try:
            self._flush()
        except OSError as error:
            raise Cut(type(error).__name__) from error
        if len(self._backlog) > BACKLOG_BYTES:
            raise Cut("the server does not read")

    def _flush(self) -> None:
        with contextlib.suppress(*_NOT_NOW):  # what is kept goes when the socket can take it
            del self._backlog[: self._seat.send(self._backlog)]
        if self._backlog:
            self._writing.start(self._flush_later)
        else:
            self._writing.stop()

    def _flush_later(self) -> None:
        try:
            self._flush()
        except OSError as error:
            self._end(type(error).__name__)

    def _end(self, why: str) -> None:
        ended = self._ended
        self.cut()
        if ended is not None:
            ended(why)

    def close(self) -> None:
        """Leave as a client does: with 1000."""
        with contextlib.suppress(Cut):
            self._write(_GOODBYE)
        self.cut()

    def cut(self) -> None:
        """Drop the connection without a word, as a lost network does; nothing is heard any more."""
        self._heard = self._ended = None
        self._reading.stop()
        self._writing.stop()
        self._seat.close()


def _dial(address: WebSocketURI) -> socket.socket:
    seat = socket.create_connection((address.host, address.port), timeout=CONNECT_TIMEOUT_S)
    seat.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if address.secure:
        seat = _make_context().wrap_socket(seat, server_hostname=address.host)
    return seat


@cache
def _make_context() -> ssl.SSLContext:
    """One for all connections of the process: to read the authorities takes longer than a handshake."""
    return ssl.create_default_context()
