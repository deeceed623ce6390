"""A connection as the fan-out sees it, with a reader that can be stopped, and the decoding of what it was sent.

The buffer behaves like a transport's: above the high mark it says pause once, drained to the low mark it says resume.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import orjson

from liveroom.realtime.fanout import Fanout
from liveroom.realtime.framing import CLOSE, TEXT, TEXT_DEFLATED, frame_text


class FrameReader:
    """Decodes a server's frames as a browser does: one inflater for the whole connection, with the window agreed."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=-12)
        self.sizes: list[int] = []

    def read(self, data: bytes) -> list[dict[str, Any]]:
        """All messages of some whole frames."""
        messages = []
        at = 0
        while at < len(data):
            first, length, at = data[at], data[at + 1], at + 2
            extra = {126: 2, 127: 8}.get(length, 0)
            if extra:
                length = int.from_bytes(data[at : at + extra], "big")
                at += extra
            body, at = data[at : at + length], at + length
            assert len(body) == length, "a frame was cut"
            if first == CLOSE:
                assert at == len(data), "nothing may follow a Close"
                break
            if first == TEXT_DEFLATED:
                body = self._inflater.decompress(body + b"\x00\x00\xff\xff")
            else:
                assert first == TEXT
            self.sizes.append(len(body))
            messages.append(orjson.loads(body))
        return messages


class FakeConsumer:
    """A `Consumer` in one room.

    Args:
        fanout: told of pause and resume.
        high, low: marks of the buffer, in bytes.
    """

    def __init__(self, fanout: Fanout, *, deflate: bool = False, high: int = 65_536, low: int = 16_384) -> None:
        self.fanout = fanout
        self.deflate = deflate
        self.is_paused = False
        self.is_reading = True
        self.is_broken = False
        self.writes: list[bytes] = []
        self.before_write: Callable[[bytes], None] = lambda data: None
        self._high = high
        self._low = low
        self._backlog = 0
        self._reader = FrameReader()
        self._read_to = 0

    @property
    def write(self) -> Callable[[bytes], None]:
        """As of a transport: a bound method, made anew on each access."""
        return self._write

    def feed(self, data: bytes) -> None:
        """The same; nobody counts here."""
        self._write(data)

    def backlog_bytes(self) -> int:
        """What the reader has not taken."""
        return self._backlog

    def send(self, payload: bytes) -> None:
        """One message."""
        self._write(frame_text(payload))

    def take(self, size: int | None = None) -> None:
        """The reader takes bytes; all of them by default."""
        self._backlog -= self._backlog if size is None else min(size, self._backlog)
        if self.is_paused and self._backlog <= self._low:
            self.is_paused = False
            self.fanout.resume(self)

    def messages(self) -> list[dict[str, Any]]:
        """What was written since the last call."""
        fresh = self.writes[self._read_to :]
        self._read_to = len(self.writes)
        return self._reader.read(b"".join(fresh))

    @property
    def sizes(self) -> list[int]:
        """Sizes of the messages decoded so far, in bytes after inflating."""
        return self._reader.sizes

    def _write(self, data: bytes) -> None:
        if self.is_broken:
            raise RuntimeError("the transport is gone")
        self.before_write(data)
        self.writes.append(data)
        if not self.is_reading:
            self._backlog += len(data)
            if self._backlog > self._high and not self.is_paused:
                self.is_paused = True
                self.fanout.pause(self)
