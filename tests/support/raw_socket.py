"""A WebSocket client made of nothing but a socket, which can therefore do everything wrong.

Promise: what a test sends is sent byte for byte, and every wait ends after `TIMEOUT_S` with a clear failure.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

TIMEOUT_S = 60.0
MASK = b"\x11\x22\x33\x44"
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""The answer to `KEY` (both from RFC 6455 §1.3)."""

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

UPGRADE: Mapping[str, str] = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "live.v1.json",
}


class Frame(NamedTuple):
    """One frame from the server."""

    fin: bool
    rsv: int
    opcode: int
    payload: bytes


class Answer(NamedTuple):
    """The head of an HTTP response; names of headers are in small letters."""

    status: int
    headers: dict[str, str]


def make_request(
    path: str = "/ws",
    *,
    method: str = "GET",
    more: Iterable[tuple[str, str]] = (),
    host: str | None = "live.example",
    **changed: str | None,
) -> bytes:
    """An upgrade request. `changed` replaces a header of `UPGRADE` (`_` for `-`), None leaves it out."""
    changes = {name.replace("_", "-").lower(): value for name, value in changed.items()}
    headers = [("Host", host)] if host is not None else []
    headers += [(name, value) for name, value in UPGRADE.items() if name.lower() not in changes]
    headers += [(name, value) for name, value in changes.items() if value is not None]
    lines = [f"{name}: {value}\r\n" for name, value in (*headers, *more)]
    return f"{method} {path} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")


def make_frame(
    opcode: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True, form: int | None = None
) -> bytes:
    """One frame of a client. `form` is the size of the length field in bytes (1, 2 or 8), by default the least."""
    length = len(payload)
    form = form or (1 if length < 126 else 2 if length < 65_536 else 8)
    head = bytes((fin << 7 | rsv << 4 | opcode, masked << 7 | {1: length, 2: 126, 8: 127}[form]))
    if form > 1:
        head += length.to_bytes(form, "big")
    if not masked:
        return head + payload
    key = (MASK * (length // 4 + 1))[:length]
    return head + MASK + (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(length, "big")


def make_text(value: Any, **form: Any) -> bytes:
    """A text frame with `value`: bytes as they are, all else as JSON."""
    return make_frame(TEXT, value if isinstance(value, bytes) else json.dumps(value).encode(), **form)


class RawSocket:
    """See the module; a context manager."""

    def __init__(self, port: int, *, receive_bytes: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def send_slowly(self, data: bytes, step_bytes: int = 1) -> None:
        """Send bytes in segments of their own."""
        for at in range(0, len(data), step_bytes):
            self.socket.sendall(data[at : at + step_bytes])

    def say(self, **message: Any) -> None:
        """Send one JSON message."""
        self.send(make_text(message))

    def upgrade(self, path: str = "/ws", **changed: Any) -> Answer:
        """Ask for a WebSocket and read the answer."""
        self.send(make_request(path, **changed))
        return self.read_answer()

    def read_answer(self) -> Answer:
        """The next HTTP response; its body stays in the socket."""
        head = self._read_until(b"\r\n\r\n").decode("latin-1")
        status, *lines = head.split("\r\n")
        pairs = (line.split(":", 1) for line in lines if line)
        return Answer(int(status.split()[1]), {name.lower(): value.strip() for name, value in pairs})

    def read_frame(self) -> Frame:
        """The next frame, which has to be as RFC 6455 §5 wants a server's."""
        first, length = self.read(2)
        assert not length & 0x80, "a server does not mask"
        if length > 125:
            form = 2 if length == 126 else 8
            length = int.from_bytes(self.read(form), "big")
            assert length > 125 if form == 2 else length > 65_535, "the length has to be written in its shortest form"
        return Frame(bool(first & 0x80), first >> 4 & 7, first & 15, self.read(length))

    def hear(self, type_: str) -> dict[str, Any]:
        """The next message of this type; others are passed over, a close is a failure."""
        while True:
            frame = self.read_frame()
            assert frame.opcode == TEXT, f"waiting for {type_}, got {frame}"
            message: dict[str, Any] = json.loads(frame.payload)
            if message["type"] == type_:
                return message

    def read_close(self) -> tuple[int | None, str]:
        """Code and reason of the Close frame; messages before it are passed over, nothing may come after it."""
        while (frame := self.read_frame()).opcode != CLOSE:
            pass
        code = int.from_bytes(frame.payload[:2], "big") if frame.payload else None
        return code, frame.payload[2:].decode()

    def close(self) -> None:
        """Answer the server's Close, as a client does."""
        self.send(make_frame(CLOSE, b"\x03\xe8"))

    def fails(self, data: bytes, *, says_close: bool = False) -> int | None:
        """Send something that ends the connection; gives the close code once the connection has ended in order.

        `says_close`: the data ends with what the server takes for a Close, so that it waits for no other.
        """
        self.send(data)
        code, _ = self.read_close()
        if not says_close:
            self.close()
        assert self.read_end() == b"", "nothing may follow a Close"
        return code

    def read_end(self) -> bytes:
        """What comes until the server ends the connection in order (FIN, not RST)."""
        rest, self._buffer = self._buffer, b""
        while chunk := self.socket.recv(65_536):
            rest += chunk
        return rest

    def reset(self) -> None:
        """Cut with RST, as a crashed peer does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def read(self, count: int) -> bytes:
        """Exactly so many bytes."""
        while len(self._buffer) < count:
            self._receive()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _read_until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._receive()
        taken, _, self._buffer = self._buffer.partition(mark)
        return taken

    def _receive(self) -> None:
        chunk = self.socket.recv(65_536)
        if not chunk:
            raise EOFError(f"the server ended the connection after {self._buffer[-200:]!r}")
        self._buffer += chunk


def open_socket(port: int, **changed: Any) -> RawSocket:
    """A WebSocket that is open and has not said anything yet."""
    raw = RawSocket(port)
    answer = raw.upgrade(**changed)
    assert answer.status == 101, answer
    return raw


def connect(port: int, token: str | None = None, rooms: Iterable[str] = (), **changed: Any) -> ConnectedSocket:
    """A WebSocket whose `connect` has been answered."""
    raw = ConnectedSocket(port)
    answer = raw.upgrade(**changed)
    assert answer.status == 101, answer
    raw.connect(token, rooms)
    return raw


class ConnectedSocket(RawSocket):
    """A socket beyond `connect`, whose answer it keeps."""

    connected: dict[str, Any]

    def connect(self, token: str | None, rooms: Iterable[str]) -> None:
        """Say `connect` and keep the answer."""
        named = {} if token is None else {"token": token}
        self.say(id=1, type="connect", rooms={room: {} for room in rooms}, **named)
        self.connected = self.hear("connected")
