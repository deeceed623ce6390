"""The audience: thousands of sockets read by one loop, every receipt checked.

No task, callback or object for each receipt: one `read`, one look-up of the bytes, one comparison of
positions, one time stamp. The time is read after every single `read`. What does not fit the position of
its reader goes to `anomalies.py`, which decides whether it was lost, late or double.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from loadtests.bench.anomalies import Anomalies
from loadtests.bench.chunks import Chunk, ChunkCache
from loadtests.bench.dialects import Dialect
from loadtests.bench.frames import PONG, TEXT, make_frame

READ_BYTES: Final = 65_536
BATCH: Final = 256
"""Sockets read before the loop looks at its schedule again: about a millisecond."""
_MASK: Final = b"\x37\xfa\x21\x3d"


class ViewerPool:
    """All sockets that only read."""

    def __init__(self, dialect: Dialect) -> None:
        """An audience that understands this dialect."""
        self._poller = select.epoll()
        self._seats: dict[int, socket.socket] = {}
        self._positions: list[int] = []
        self._tails: dict[int, bytes] = {}
        self._others: dict[int, Callable[[], None]] = {}
        self._cache = ChunkCache(dialect)
        self.anomalies = Anomalies()
        self.notices: Counter[str] = Counter()
        self.closed: Counter[str] = Counter()
        self.reads = 0

    @property
    def chunks(self) -> list[Chunk]:
        """Every distinct piece received so far, with its arrival times."""
        return self._cache.chunks

    @property
    def size(self) -> int:
        """How many viewers are connected."""
        return len(self._seats)

    def count_deliveries(self) -> int:
        """How many messages have reached viewers so far."""
        in_step = sum(len(chunk.arrivals) * chunk.messages for chunk in self._cache.chunks)
        return in_step + len(self.anomalies.strays)

    def add(self, seat: socket.socket, position: int, rest: bytes) -> None:
        """Take over a socket that has joined.

        Args:
            seat: non-blocking socket.
            position: last position before its first event.
            rest: bytes that came behind the answer to the join.
        """
        fd = seat.fileno()
        if fd >= len(self._positions):
            self._positions.extend([0] * (fd + 1024 - len(self._positions)))
        self._positions[fd] = position
        self._seats[fd] = seat
        if rest:
            self._digest(fd, rest, time.monotonic_ns())
        self._poller.register(fd, select.EPOLLIN)

    def watch(self, fd: int, serve: Callable[[], None]) -> None:
        """Call `serve` whenever `fd` (such as another poller) is ready, from inside `poll`."""
        self._others[fd] = serve
        self._poller.register(fd, select.EPOLLIN)

    def fileno(self) -> int:
        """The poller, to be watched by another audience's."""
        return self._poller.fileno()

    def read_ready(self) -> None:
        """Read from sockets that have something, without waiting."""
        self.poll(0)

    def poll(self, timeout_s: float) -> int:
        """Read from up to `BATCH` sockets that have something; wait for at most `timeout_s`.

        Returns:
            How many were ready.

        Raises:
            ProtocolFault: a server broke its own protocol; no account would mean anything.
        """
        ready = self._poller.poll(max(0.0, timeout_s), BATCH)
        self._receive(ready)
        return len(ready)

    def _receive(self, ready: list[tuple[int, int]]) -> None:
        read, clock, find = os.read, time.monotonic_ns, self._cache.find
        positions, tails, others = self._positions, self._tails, self._others
        before = b""
        chunk: Chunk | None = None
        for fd, _ in ready:
            if fd in others:
                others[fd]()
                continue
            try:
                data = read(fd, READ_BYTES)
            except OSError as error:
                self._drop(fd, type(error).__name__)
                continue
            now = clock()
            if not data:
                self._drop(fd, "end of stream")
                continue
            if fd in tails:
                data = tails.pop(fd) + data
            if chunk is None or data != before:
                chunk = find(data)
                before = data
            first = chunk.first
            if first == positions[fd] + 1:
                positions[fd] = chunk.last
                chunk.arrivals.append(now)
            elif first:
                positions[fd] = self.anomalies.settle(fd, positions[fd], chunk.events, now)
            if chunk.special:
                self._attend(fd, chunk)
        self.reads += len(ready)

    def _digest(self, fd: int, data: bytes, now_ns: int) -> None:
        chunk = self._cache.find(data)
        if chunk.first == self._positions[fd] + 1:
            self._positions[fd] = chunk.last
            chunk.arrivals.append(now_ns)
        elif chunk.first:
            self._positions[fd] = self.anomalies.settle(fd, self._positions[fd], chunk.events, now_ns)
        if chunk.special:
            self._attend(fd, chunk)

    def _attend(self, fd: int, chunk: Chunk) -> None:
        """Do what a chunk asks for beside being counted."""
        if chunk.tail:
            self._tails[fd] = chunk.tail
        for payload in chunk.replies:
            self._write(fd, make_frame(payload, _MASK, TEXT))
        for payload in chunk.pings:
            self._write(fd, make_frame(payload, _MASK, PONG))
        for notice in chunk.notices:
            self.notices[notice] += 1
        if chunk.close is not None:
            self._drop(fd, f"closed: {chunk.close}")

    def _write(self, fd: int, frame: bytes) -> None:
        try:
            self._seats[fd].send(frame)
        except (OSError, KeyError) as error:
            self.notices[f"reply not sent: {type(error).__name__}"] += 1

    def _drop(self, fd: int, why: str) -> None:
        seat = self._seats.pop(fd, None)
        if seat is None:
            return
        self.closed[why] += 1
        self._tails.pop(fd, None)
        self._poller.unregister(fd)
        seat.close()

    def close(self) -> None:
        """Close every socket."""
        for seat in self._seats.values():
            seat.close()
        self._seats.clear()
        self._poller.close()
