"""A socket of the event loop whose peer reads as fast as a test says."""

from __future__ import annotations

from typing import Any, cast

from liveroom.realtime.connection import Connection
from liveroom.realtime.member import PAUSE_BYTES, RESUME_BYTES


class ThinTransport:
    """See the module; what the peer sends waits until it is read.

    Args:
        high: bytes above which the buffer is full.
    """

    def __init__(self, connection: Connection, high: int = PAUSE_BYTES) -> None:
        self.connection = connection
        self.is_reading = True
        self.written = b""
        self.backlog = 0
        self.unread: list[bytes] = []
        self._high = high
        self._is_full = False
        connection.connection_made(cast(Any, self))

    def write(self, data: bytes) -> None:
        self.written += data
        self.backlog += len(data)
        if self.backlog > self._high and not self._is_full:
            self._is_full = True
            self.connection.pause_writing()

    def carry(self, size: int) -> None:
        """The line takes bytes, and then brings what was sent."""
        self.backlog -= min(size, self.backlog)
        if self._is_full and self.backlog <= RESUME_BYTES:
            self._is_full = False
            self.connection.resume_writing()
        self.bring()

    def bring(self, *data: bytes) -> None:
        """The peer sends; the server sees it when it reads."""
        self.unread.extend(data)
        while self.is_reading and self.unread:
            self.connection.data_received(self.unread.pop(0))

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True

    def get_write_buffer_size(self) -> int:
        return self.backlog

    def get_extra_info(self, name: str) -> Any:
        return None

    def set_write_buffer_limits(self, **_: int) -> None:
        pass

    def abort(self) -> None:
        pass

    close = abort
