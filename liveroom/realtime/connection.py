"""One WebSocket, from the upgrade to the last byte.

uvicorn hands an upgraded socket to this class; no ASGI is in between. Ordinary frames are taken directly
(`framing.read_text`); for everything else - fragments, control frames, compression, faults - the complete
RFC 6455 parser of `websockets` is made, used and dropped again, so that an idle connection is small.

Promise: bounded memory for any behaviour of the peer, and a reason for every close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, cast

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.protocol import Protocol, Side, State

from liveroom.realtime.codes import MESSAGE_BYTES, CloseCode
from liveroom.realtime.framing import frame_text, read_text
from liveroom.realtime.handshake import SERVER_WINDOW_BITS
from liveroom.realtime.identity import Identity
from liveroom.realtime.limits import Bucket
from liveroom.realtime.member import PAUSE_BYTES, RESUME_BYTES
from liveroom.realtime.wire import encode_disconnect

if TYPE_CHECKING:
    from liveroom.realtime.gateway import Gateway

LINGER_S = 2.0
"""How long the peer may take to answer a Close frame before the socket is cut."""
MAX_HELD = 64
"""Messages that may follow `connect` before it is answered; more is a fault."""


class Phase(Enum):
    """How far a connection is."""

    HANDSHAKE = "handshake"
    ARRIVED = "arrived"
    CONNECTING = "connecting"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class Connection(asyncio.Protocol):
    """See the module. The signature of the constructor is uvicorn's for `ws` protocol classes."""

    __slots__ = (
        "_fragments",
        "_parser",
        "_server_connections",
        "address",
        "bucket",
        "close_code",
        "deflate",
        "extended",
        "heard",
        "held",
        "identity",
        "lang",
        "number",
        "phase",
        "rooms",
        "strikes",
        "transport",
        "write",
    )

    gateway: ClassVar[Gateway]

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._server_connections: set[Any] = server_state.connections
        self._parser: Protocol | None = None
        self._fragments: list[bytes] | None = None
        self.phase = Phase.HANDSHAKE
        self.transport: asyncio.Transport
        self.write: Callable[[bytes], None]
        self.address = ""
        self.number = 0
        self.deflate = False
        self.extended = False
        self.heard = True
        self.held: list[bytes] | None = None
        self.identity: Identity | None = None
        self.lang: str | None = None
        self.rooms: set[str] | tuple[str, ...] = ()
        self.bucket: Bucket | None = None
        self.strikes: Bucket | None = None
        self.close_code = 1006

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """uvicorn gives the socket; the bytes of the request follow at once."""
        # uvloop's transports are not subclasses of asyncio's, whatever their methods.
        self.transport = cast(asyncio.Transport, transport)
        self.write = self.transport.write
        self.transport.set_write_buffer_limits(high=PAUSE_BYTES, low=RESUME_BYTES)
        self._server_connections.add(self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        self.heard = True
        if self.phase is Phase.HANDSHAKE:
            self.gateway.answer_handshake(self, data)
            return
        if self._parser is None and self.phase is not Phase.CLOSING:
            position = 0
            while (taken := read_text(data, position, MESSAGE_BYTES)) is not None:
                payload, position = taken
                self.receive(payload)
                if self.is_ending():
                    return
            if position == len(data):
                return
            data = data[position:]
        self._parse(data)

    def eof_received(self) -> bool:
        """The peer writes no more; nothing is to be told to it either."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        was_open = self.phase not in (Phase.HANDSHAKE, Phase.CLOSED)
        self.phase = Phase.CLOSED
        self._server_connections.discard(self)
        self._parser = None
        if was_open:
            self.gateway.forget(self)

    def pause_writing(self) -> None:
        """The peer reads slowly: its rooms step down the ladder, and its commands wait, so that answers to
        them cannot pile up."""
        if self.phase in (Phase.OPEN, Phase.CONNECTING):
            self.transport.pause_reading()
            self.gateway.pause(self)

    def resume_writing(self) -> None:
        """The buffer has drained."""
        if self.phase in (Phase.OPEN, Phase.CONNECTING):
            self.gateway.resume(self)
            self.transport.resume_reading()

    def shutdown(self) -> None:
        """uvicorn's word for «the server stops»; the drain has come before it."""
        self.close(CloseCode.DRAINING)

    # What others use

    def is_ending(self) -> bool:
        """Whether nothing more can be said."""
        return self.phase in (Phase.CLOSING, Phase.CLOSED)

    def backlog_bytes(self) -> int:
        """Bytes that the kernel has not taken yet."""
        return self.transport.get_write_buffer_size()

    def send(self, payload: bytes) -> None:
        """Write one message."""
        if not self.is_ending():
            self.write(frame_text(payload))

    def send_all(self, payloads: Iterable[bytes]) -> None:
        """Write several messages with one system call."""
        if not self.is_ending():
            self.write(b"".join(map(frame_text, payloads)))

    def receive(self, payload: bytes) -> None:
        """Take one text message; those that follow `connect` too early wait for its answer."""
        if self.phase is not Phase.CONNECTING:
            self.gateway.receive(self, payload)
            return
        self.held = self.held or []
        self.held.append(payload)
        if len(self.held) > MAX_HELD:
            self.close(CloseCode.BAD_MESSAGE, "too many messages before connect was answered")

    def open(self, identity: Identity) -> None:
        """The peer is known; messages that waited are taken now."""
        self.identity = identity
        self.phase = Phase.OPEN
        held, self.held = self.held, None
        for payload in held or ():
            self.receive(payload)

    def close(self, code: CloseCode, reason: str = "", retry_after_ms: int | None = None) -> None:
        """Tell why, say Close, and cut the socket if the peer does not answer."""
        if self.is_ending():
            return
        text = reason or code.meaning
        self.write(frame_text(encode_disconnect(code, text, retry_after_ms)) + _close_frame(code, text))
        self._closing(code)

    def abort(self) -> None:
        """Cut the socket."""
        if self.phase is not Phase.CLOSED:
            self.transport.abort()

    def _closing(self, code: int) -> None:
        self.close_code = code
        self.phase = Phase.CLOSING
        self.gateway.depart(self)
        self.transport.resume_reading()
        self.gateway.agenda.add(LINGER_S, self.abort)

    def _parse(self, data: bytes) -> None:
        """The complete parser, for whatever is not an ordinary frame."""
        parser = self._parser
        if parser is None:
            parser = self._parser = Protocol(Side.SERVER, state=State.OPEN, max_size=MESSAGE_BYTES)
            if self.extended:
                parser.extensions = [PerMessageDeflate(True, True, 15, SERVER_WINDOW_BITS)]
        parser.receive_data(data)
        for frame in parser.events_received():
            if isinstance(frame, Frame) and self.phase is not Phase.CLOSING:
                self._take(frame)
        if parser.state is State.OPEN:
            self._answer(parser)
            if self._fragments is None and not parser.reader.buffer:
                self._parser = None
        elif self.phase is not Phase.CLOSED:
            self._finish(parser)

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.BINARY:
            self._fail(1003, "only text messages are spoken here")
        elif frame.opcode is Opcode.TEXT and frame.fin:
            self.receive(bytes(frame.data))
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._fragments = [*(self._fragments or []), bytes(frame.data)]
            if frame.fin:
                whole, self._fragments = b"".join(self._fragments), None
                self.receive(whole)

    def fail_text(self) -> None:
        """A text message was not UTF-8 (RFC 6455 §8.1)."""
        self._fail(1007, "text messages must be UTF-8")

    def _fail(self, code: int, reason: str) -> None:
        """Close with a code of RFC 6455 §7.4.1."""
        if not self.is_ending():
            self.write(_close_frame(code, reason))
            self._closing(code)

    def _answer(self, parser: Protocol) -> None:
        """Write what the parser wants to say: pongs."""
        out = b"".join(parser.data_to_send())
        if out and self.phase is not Phase.CLOSING:
            self.write(out)

    def _finish(self, parser: Protocol) -> None:
        """The parser closed: the peer said Close, or broke the protocol and is told so."""
        out = b"".join(parser.data_to_send())
        if self.phase is Phase.CLOSING:
            self.transport.close()
            return
        if out:
            self.write(out)
        sent = parser.close_sent
        received = parser.close_rcvd
        self._closing(received.code if received else sent.code if sent else 1006)
        self.transport.close()


def _close_frame(code: int, reason: str) -> bytes:
    """A Close frame (RFC 6455 §5.5.1); the reason is cut at 123 bytes."""
    body = code.to_bytes(2, "big") + reason.encode()[:123].decode(errors="ignore").encode()
    return bytes((0x88, len(body))) + body
