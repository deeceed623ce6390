"""Viewers who have just come in: when each was answered, greeted, and given a card.

They stay for a moment and leave, as most do. Times are on the monotonic clock, read after each `recv`.
"""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections import deque
from typing import Final

from loadtests.bench.errors import ProtocolFault
from loadtests.bench.frames import CLOSE, PING, PONG, TEXT, make_frame, split_frames
from loadtests.bench.histogram import Histogram

WELCOME: Final = b'"kind":"welcome.shown"'
CARD: Final = b'"kind":"value_card.shown"'
_PRIVATE: Final = b'"type":"private"'
_MASK: Final = b"\x5b\x10\xd4\x77"
_GOODBYE: Final = make_frame((1000).to_bytes(2, "big"), _MASK, CLOSE)


class Newcomer:
    """One of them."""

    __slots__ = ("answered_ns", "carded", "due_ns", "seat", "tail", "welcomed")

    def __init__(self, seat: socket.socket, due_ns: int, answered_ns: int) -> None:
        """Joined at `answered_ns`, planned for `due_ns`."""
        self.seat = seat
        self.due_ns = due_ns
        self.answered_ns = answered_ns
        self.tail = b""
        self.welcomed = False
        self.carded = False


class Newcomers:
    """All of them, and the three latencies."""

    def __init__(self, stay_s: float) -> None:
        """Let each stay for so long after the answer."""
        self._stay_ns = int(stay_s * 1e9)
        self._count_from_ns = 0
        self._poller = select.epoll()
        self._present: dict[int, Newcomer] = {}
        self._leaving: deque[Newcomer] = deque()
        self.answered = 0
        self.without_welcome = 0
        self.without_card = 0
        self.answers = Histogram()
        self.welcomes = Histogram()
        self.cards = Histogram()

    def fileno(self) -> int:
        """The poller, to be watched by another one."""
        return self._poller.fileno()

    @property
    def present(self) -> int:
        """How many are in the room."""
        return len(self._present)

    def count_from(self, begin_ns: int) -> None:
        """Those who were due before this (the warm-up) do not count for latency."""
        self._count_from_ns = begin_ns

    def add(self, seat: socket.socket, due_ns: int, rest: bytes) -> None:
        """Take over a socket that has just been answered, with the bytes behind the answer."""
        now = time.monotonic_ns()
        newcomer = Newcomer(seat, due_ns, now)
        self.answered += 1
        if self._counts(newcomer):
            self.answers.add(now - due_ns)
        self._present[seat.fileno()] = newcomer
        self._leaving.append(newcomer)
        self._poller.register(seat.fileno(), select.EPOLLIN)
        if rest:
            self._hear(newcomer, rest, now)

    def serve(self) -> None:
        """Read what has come. Raises ProtocolFault when the server cuts one off."""
        for fd, _ in self._poller.poll(0, 256):
            newcomer = self._present[fd]
            try:
                data = newcomer.seat.recv(262_144)
            except OSError as error:
                raise ProtocolFault(f"the connection of a newcomer broke: {error}") from error
            if not data:
                raise ProtocolFault("the server closed the connection of a newcomer")
            self._hear(newcomer, newcomer.tail + data, time.monotonic_ns())

    def _hear(self, newcomer: Newcomer, data: bytes, now_ns: int) -> None:
        frames, newcomer.tail = split_frames(data)
        for opcode, payload in frames:
            if opcode == CLOSE:
                raise ProtocolFault(f"the server closed a newcomer: {payload[2:].decode('utf-8', 'replace')}")
            if opcode == PING:
                newcomer.seat.send(make_frame(payload, _MASK, PONG))
            elif opcode == TEXT and _PRIVATE in payload[:32]:
                self._take(newcomer, payload, now_ns)

    def _take(self, newcomer: Newcomer, payload: bytes, now_ns: int) -> None:
        waited = now_ns - newcomer.answered_ns
        if WELCOME in payload and not newcomer.welcomed:
            newcomer.welcomed = True
            if self._counts(newcomer):
                self.welcomes.add(waited)
        if CARD in payload and not newcomer.carded:
            newcomer.carded = True
            if self._counts(newcomer):
                self.cards.add(waited)

    def _counts(self, newcomer: Newcomer) -> bool:
        return newcomer.due_ns >= self._count_from_ns

    def let_go(self, now_ns: int) -> None:
        """Say goodbye to those who have stayed long enough."""
        while self._leaving and self._leaving[0].answered_ns + self._stay_ns <= now_ns:
            newcomer = self._leaving.popleft()
            self.without_welcome += not newcomer.welcomed
            self.without_card += not newcomer.carded
            fd = newcomer.seat.fileno()
            del self._present[fd]
            self._poller.unregister(fd)
            with contextlib.suppress(OSError):
                newcomer.seat.send(_GOODBYE)
            newcomer.seat.close()

    def close(self) -> None:
        """Close everything at once."""
        for newcomer in self._present.values():
            newcomer.seat.close()
        self._present.clear()
        self._poller.close()
