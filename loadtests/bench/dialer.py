"""Opening connections: many at a time, each through upgrade and join, paced from outside.

A connection that is not in its seat after `JOIN_TIMEOUT_S` ends the run with a named error: a benchmark
with a part of its audience missing would not be the load that was asked for.
"""

from __future__ import annotations

import random
import select
import socket
import time
from collections.abc import Callable
from typing import Final

from loadtests.bench.dialects import Dialect, Opening
from loadtests.bench.errors import JoinRefused
from loadtests.bench.frames import CLOSE, TEXT, make_frame, split_frames
from loadtests.bench.upgrade import make_key, make_request, read_response

JOIN_TIMEOUT_S: Final = 20.0
_PER_SOURCE: Final = 20_000
"""Connections from one loopback address: below the number of ephemeral ports."""

Joined = Callable[["Attempt", int, bytes], None]
"""Called with the attempt, the position and the bytes that came behind the answer."""


class Attempt:
    """One connection on its way to a seat."""

    __slots__ = ("buffer", "key", "label", "opened_ns", "seat", "token", "upgraded")

    def __init__(self, seat: socket.socket, token: str, key: bytes, label: int) -> None:
        """A socket whose connect is under way; `label` is the caller's own number for it."""
        self.seat = seat
        self.token = token
        self.key = key
        self.label = label
        self.buffer = b""
        self.upgraded = False
        self.opened_ns = time.monotonic_ns()


class Dialer:
    """Connections that are being opened to one address in one dialect."""

    def __init__(self, dialect: Dialect, port: int, joined: Joined, seed: int) -> None:
        """Open connections to this port of the loopback address.

        Args:
            dialect: how to get a seat.
            port: where the server listens.
            joined: takes over each socket that has its seat.
            seed: for handshake keys and masks.
        """
        self._dialect = dialect
        self._port = port
        self._joined = joined
        self._random = random.Random(seed)
        self._poller = select.epoll()
        self._attempts: dict[int, Attempt] = {}
        self._dialled = 0

    @property
    def under_way(self) -> int:
        """Connections that are not seated yet."""
        return len(self._attempts)

    def fileno(self) -> int:
        """The poller, to be watched by another one."""
        return self._poller.fileno()

    def dial(self, token: str, label: int = 0) -> None:
        """Begin one connection; `label` comes back with it."""
        seat = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        seat.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        seat.bind((f"127.0.0.{1 + self._dialled // _PER_SOURCE % 200}", 0))
        self._dialled += 1
        seat.connect_ex(("127.0.0.1", self._port))
        attempt = Attempt(seat, token, make_key(self._random.randbytes(16)), label)
        self._attempts[seat.fileno()] = attempt
        self._poller.register(seat.fileno(), select.EPOLLOUT)

    def poll(self, timeout_s: float) -> None:
        """Move every connection on that has something to do. Raises JoinRefused."""
        for fd, mask in self._poller.poll(timeout_s, 256):
            attempt = self._attempts[fd]
            try:
                if mask & select.EPOLLOUT and not mask & select.EPOLLERR:
                    self._ask(fd, attempt)
                else:
                    self._hear(fd, attempt)
            except OSError as error:
                raise JoinRefused(f"a connection broke while it was opened: {error}") from error

    def check_deadline(self) -> None:
        """Raise JoinRefused if the oldest connection has been under way for too long."""
        oldest = next(iter(self._attempts.values()), None)
        if oldest is not None and time.monotonic_ns() - oldest.opened_ns > JOIN_TIMEOUT_S * 1e9:
            step = "join" if oldest.upgraded else "upgrade"
            raise JoinRefused(f"a connection waited {JOIN_TIMEOUT_S:.0f} s for its {step}; dial more slowly")

    def _ask(self, fd: int, attempt: Attempt) -> None:
        host = f"127.0.0.1:{self._port}"
        attempt.seat.send(make_request(host, self._dialect.path, attempt.key, self._dialect.subprotocol))
        self._poller.modify(fd, select.EPOLLIN)

    def _hear(self, fd: int, attempt: Attempt) -> None:
        data = attempt.seat.recv(262_144)
        if not data:
            raise JoinRefused(f"the server closed a connection while it was opened: {attempt.buffer[:200]!r}")
        attempt.buffer += data
        if not attempt.upgraded:
            rest = read_response(attempt.buffer, attempt.key)
            if rest is None:
                return
            attempt.upgraded = True
            attempt.buffer = rest
            self._act(fd, attempt, self._dialect.open(attempt.token), rest)
        if attempt.upgraded and fd in self._attempts:
            self._follow(fd, attempt)

    def _follow(self, fd: int, attempt: Attempt) -> None:
        frames, tail = split_frames(attempt.buffer)
        behind = len(attempt.buffer)
        for opcode, payload in frames:
            behind -= _size_on_wire(payload)
            if opcode == CLOSE:
                raise JoinRefused(f"the server closed a connection while it was joined: {payload[2:]!r}")
            if opcode != TEXT:
                continue
            rest = attempt.buffer[len(attempt.buffer) - behind :]
            self._act(fd, attempt, self._dialect.follow(payload), rest)
            if fd not in self._attempts:
                return
        attempt.buffer = tail

    def _act(self, fd: int, attempt: Attempt, opening: Opening, rest: bytes) -> None:
        for payload in opening.replies:
            attempt.seat.send(make_frame(payload, self._random.randbytes(4)))
        if opening.position is not None:
            del self._attempts[fd]
            self._poller.unregister(fd)
            self._joined(attempt, opening.position, rest)

    def close(self) -> None:
        """Give up what is under way."""
        for attempt in self._attempts.values():
            attempt.seat.close()
        self._attempts.clear()
        self._poller.close()


def _size_on_wire(payload: bytes) -> int:
    """Bytes of an unmasked frame around this payload."""
    size = len(payload)
    return size + (2 if size < 126 else 4 if size < 65_536 else 10)
