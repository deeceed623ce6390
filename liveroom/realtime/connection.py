"""One WebSocket, from the upgrade to the last byte.

uvicorn hands an upgraded socket to this class; no ASGI is in between. Ordinary frames are taken directly
(`framing.read_text`); for everything else - fragments, control frames, compression, faults - the complete
parser (`frame_parser.py`) is made, used and dropped again, so that an idle connection is small.

Promise: bounded memory for any behaviour of the peer, and a reason for every close.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from websockets.frames import Frame, Opcode

from liveroom.realtime.codes import CloseCode
from liveroom.realtime.frame_parser import FrameParser
from liveroom.realtime.framing import ends_with_close, frame_close, frame_text, read_close, read_text
from liveroom.realtime.identity import Identity
from liveroom.realtime.limits import Bucket
from liveroom.realtime.member import PAUSE_BYTES, RESUME_BYTES
from liveroom.realtime.phase import TALKING, Phase
from liveroom.realtime.strikes import count_frames
from liveroom.realtime.wire import encode_disconnect

if TYPE_CHECKING:
    from liveroom.realtime.gateway import Gateway

LINGER_S = 2.0
"""How long the peer may take to answer a Close frame before the socket is cut."""
MAX_HELD = 64
"""Messages that may follow `connect` before it is answered; more is a fault."""
SLICE_BYTES = 4_096
"""Parsed at a time, so that no more than the smallest frames in it are parsed in vain."""


class Connection(asyncio.Protocol):
    """See the module. The signature of the constructor is uvicorn's for `ws` protocol classes."""

    __slots__ = (
        "_parser",
        "_server_connections",
        "address",
        "bucket",
        "close_code",
        "deflate",
        "extended",
        "fed_bytes",
        "frames",
        "heard",
        "held",
        "identity",
        "is_paused",
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
        self._parser: FrameParser | None = None
        self.phase = Phase.HANDSHAKE
        self.transport: asyncio.Transport
        self.write: Callable[[bytes], None]
        self.address = ""
        self.number = 0
        self.deflate = False
        self.extended = False
        self.fed_bytes = 0
        self.is_paused = False
        self.heard = True
        self.held: list[bytes] | None = None
        self.identity: Identity | None = None
        self.lang: str | None = None
        self.rooms: tuple[str, ...] = ()
        self.bucket: Bucket | None = None
        self.strikes: Bucket | None = None
        self.frames: Bucket | None = None
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
        if self.phase is not Phase.CLOSING:
            self._read(data)
        if self.phase is Phase.CLOSING and ends_with_close(data):
            self.transport.close()

    def eof_received(self) -> bool:
        """The peer writes no more; nothing is to be told to it either."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        was_open = self.phase not in (Phase.HANDSHAKE, Phase.CLOSED)
        self.phase = Phase.CLOSED
        self._server_connections.discard(self)
        self._drop_parser()
        if was_open:
            self.gateway.forget(self)

    def pause_writing(self) -> None:
        """The peer reads slowly: its rooms step down the ladder. What it says is read on, within bounds (`_reply`)."""
        self.is_paused = True
        if self.phase in TALKING:
            self.gateway.pause(self)

    def resume_writing(self) -> None:
        """The buffer has drained, so somebody reads there; what its rooms replay may fill it again."""
        self.is_paused = False
        self.heard = True
        if self.phase in TALKING:
            self.gateway.resume(self)
            self._read_on()

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

    def feed(self, data: bytes) -> None:
        """Write framed bytes, counted in `fed_bytes`: all that a connection may be given while its buffer is full."""
        self.fed_bytes += len(data)
        self.write(data)

    def send(self, payload: bytes) -> None:
        """Write one message."""
        if not self.is_ending():
            self._reply(frame_text(payload))

    def send_all(self, payloads: Iterable[bytes]) -> None:
        """Write several messages with one system call."""
        if not self.is_ending():
            self._reply(b"".join(map(frame_text, payloads)))

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
        """The peer is known; messages that waited are taken now, and more are read."""
        if self.is_ending():
            return
        self.identity = identity
        self.phase = Phase.OPEN
        held, self.held = self.held, None
        for payload in held or ():
            self.receive(payload)
        self._read_on()

    def close(self, code: CloseCode, reason: str = "", retry_after_ms: int | None = None) -> None:
        """Tell why, say Close, and cut the socket if the peer does not answer."""
        if self.is_ending():
            return
        text = reason or code.meaning
        self.write(frame_text(encode_disconnect(code, text, retry_after_ms)) + frame_close(code, text))
        self._closing(code)

    def refuse(self, response: bytes) -> None:
        """Answer the upgrade request with an HTTP response and be done; there never was a WebSocket."""
        self.phase = Phase.CLOSED
        self._server_connections.discard(self)
        self.write(response)
        self.transport.close()

    def abort(self) -> None:
        """Cut the socket."""
        if self.phase is not Phase.CLOSED:
            self.transport.abort()

    def fail_text(self) -> None:
        """A text message was not UTF-8 (RFC 6455 §8.1)."""
        self._part(1007, "text messages must be UTF-8")

    def _reply(self, data: bytes) -> None:
        """Write what nobody has bounded before: what the peer asked for, while it reads (`backpressure.py`)."""
        if not self.is_paused or self.gateway.backpressure.allow(self, len(data)):
            self.feed(data)

    def _read_on(self) -> None:
        if self.phase in (Phase.ARRIVED, Phase.OPEN) and self.gateway.backpressure.may_ask(self):
            self.transport.resume_reading()

    def _closing(self, code: int) -> None:
        """Read on, but only to see the peer's Close: cut with bytes unread, it might never see ours."""
        self.close_code = code
        self.phase = Phase.CLOSING
        self.held = None
        self.gateway.depart(self)
        self.transport.resume_reading()
        self.gateway.agenda.add(LINGER_S, self.abort)

    def _read(self, data: bytes) -> None:
        """Ordinary frames directly, the rest by the parser."""
        if self._parser is None:
            max_bytes = self.gateway.limits.message_bytes
            position = 0
            while (taken := read_text(data, position, max_bytes)) is not None:
                payload, position = taken
                self.receive(payload)
                if self.is_ending():
                    return
            if position == len(data):
                return
            if (farewell := read_close(data, position)) is not None:
                self._part(farewell)
                self.transport.close()  # both have said Close, and the server ends it (RFC 6455 §7.1.1)
                return
            data = data[position:]
            self._parser = FrameParser(max_bytes, extended=self.extended)
        self._parse(self._parser, data)
        if self._parser.is_idle or self.is_ending():
            self._drop_parser()

    def _drop_parser(self) -> None:
        if self._parser is not None:
            self._parser.end()
            self._parser = None

    def _parse(self, parser: FrameParser, data: bytes) -> None:
        for at in range(0, len(data), SLICE_BYTES):
            parser.receive_data(data[at : at + SLICE_BYTES])
            frames = parser.events_received()
            if not parser.has_failed:
                self._answer(parser)
            for frame in frames:
                if isinstance(frame, Frame) and not self.is_ending():
                    self._take(parser, frame)
            if parser.has_failed and not self.is_ending():
                self._answer(parser)
                self._finish(parser)
            count_frames(self, len(frames))
            if self.is_ending():
                return

    def _take(self, parser: FrameParser, frame: Frame) -> None:
        if frame.opcode is Opcode.BINARY:
            self._part(1003, "only text messages are spoken here")
            return
        if (message := parser.assemble(frame)) is not None:
            self.receive(message)

    def _part(self, code: int, reason: str = "") -> None:
        """Say Close with a code of RFC 6455 §7.4.1."""
        if not self.is_ending():
            self.write(frame_close(code, reason))
            self._closing(code)

    def _answer(self, parser: FrameParser) -> None:
        """Write what the parser has to say: pongs, or a Close."""
        if out := b"".join(parser.data_to_send()):
            (self.write if parser.has_failed else self._reply)(out)

    def _finish(self, parser: FrameParser) -> None:
        """The peer said Close, or broke the protocol; either has been answered with a Close."""
        sent, received = parser.close_sent, parser.close_rcvd
        self._closing(received.code if received else sent.code if sent else 1006)
        if received is not None:
            # Both have said Close: the server is the first to end the connection (RFC 6455 §7.1.1).
            self.transport.close()
