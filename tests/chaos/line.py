"""One WebSocket of a viewer, by hand: thousands of them fit into one process."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Protocol

import orjson

from loadtests.bench.frames import CLOSE, PING, PONG, TEXT, make_frame, split_frames
from loadtests.bench.upgrade import make_key, make_request

MASK = b"\x37\xfa\x21\x3d"
SWITCHING = b"101"


class Owner(Protocol):
    """Who hears of it."""

    def opened(self, line: Line) -> None:
        """It is a WebSocket now."""

    def heard(self, line: Line, message: dict[str, Any]) -> None:
        """A message came."""

    def gone(self, line: Line, retry_after_s: float) -> None:
        """It is closed, or was never opened; not before so many seconds it should be tried again."""


class Line(asyncio.Protocol):
    """See the module."""

    def __init__(self, owner: Owner, port: int) -> None:
        self._owner = owner
        self._port = port
        self._buffer = b""
        self._is_open = False
        self._retry_after_s = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(make_request(f"127.0.0.1:{self._port}", "/ws", make_key(os.urandom(16)), "live.v1.json"))

    def data_received(self, data: bytes) -> None:
        """The answer to that, then frames."""
        self._buffer += data
        if not self._is_open and not self._read_answer():
            return
        frames, self._buffer = split_frames(self._buffer)
        for opcode, payload in frames:
            if opcode == TEXT:
                self._owner.heard(self, orjson.loads(payload))
            elif opcode == PING:
                self._write(payload, PONG)
            elif opcode == CLOSE:
                self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.transport = None
        self._owner.gone(self, self._retry_after_s)

    def say(self, message: dict[str, Any]) -> None:
        """Send a message, if there is still somebody to send it to."""
        self._write(orjson.dumps(message), TEXT)

    def cut(self) -> None:
        """End it without a word, as a network does."""
        if self.transport is not None:
            self.transport.abort()

    def _write(self, payload: bytes, opcode: int) -> None:
        if self.transport is not None:
            self.transport.write(make_frame(payload, MASK, opcode))

    def _read_answer(self) -> bool:
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return False
        status, *lines = head.split(b"\r\n")
        if status.split()[1] != SWITCHING:
            fields = dict(line.lower().split(b": ", 1) for line in lines)
            self._retry_after_s = float(fields.get(b"retry-after", b"0"))
            self.cut()
            return False
        self._buffer, self._is_open = rest, True
        self._owner.opened(self)
        return True
