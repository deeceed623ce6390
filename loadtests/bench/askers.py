"""The viewers who ask, and the host who is to hear of it.

Open model: a question is due when the plan says so and counts from there until the host's socket has read that it is in
the queue. Every question is about something else, so that none is merged with another.
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections import Counter
from typing import Final

import orjson

from loadtests.bench.histogram import Histogram
from loadtests.bench.seat import Seat

_LETTERS: Final = "bcdfghjklmnpqrtv"
_CODE: Final = re.compile(rb'"text":"what about the ([b-v]{6}) you have\?"')
_PRIVATE: Final = b'"type":"private"'
_QUEUED: Final = b'"kind":"question.changed"'


class Listener(Seat):
    """A socket that has joined. `asks`: else it is the host's."""

    __slots__ = ("asks",)

    def __init__(self, seat: socket.socket, rest: bytes, asks: bool) -> None:
        """Nothing is sent yet."""
        super().__init__(seat, rest, "a viewer who asks" if asks else "the host")
        self.asks = asks


class Askers:
    """All sockets that ask, and the host's."""

    def __init__(self, room: str) -> None:
        """Nobody is there yet."""
        self.latency = Histogram()
        """Of the questions of the window."""
        self.asked = 0
        self.heard = 0
        self.refusals: Counter[str] = Counter()
        self._room = room
        self._due_ns: dict[bytes, int] = {}
        self._counts_from_ns = 0
        self._poller = select.epoll()
        self._by_fd: dict[int, Listener] = {}
        self._askers: list[Listener] = []

    @property
    def size(self) -> int:
        """How many have joined, with the host."""
        return len(self._by_fd)

    @property
    def unheard(self) -> int:
        """Questions that the host has not heard of yet, those of the warm-up too."""
        return len(self._due_ns)

    def fileno(self) -> int:
        """The poller, to be watched by another one."""
        return self._poller.fileno()

    def add(self, seat: socket.socket, rest: bytes, *, asks: bool) -> None:
        """Take over a joined socket and the bytes behind its join."""
        listener = Listener(seat, rest, asks)
        self._by_fd[seat.fileno()] = listener
        if asks:
            self._askers.append(listener)
        self._poller.register(seat.fileno(), select.EPOLLIN)

    def count_from(self, begin_ns: int) -> None:
        """Questions that were due before this (the warm-up) do not count."""
        self._counts_from_ns = begin_ns

    def ask(self, number: int, due_ns: int) -> None:
        """Ask the question of this number, from each socket in turn. Raises ServerFailed."""
        asker = self._askers[number % len(self._askers)]
        code = "".join(_LETTERS[number >> shift & 15] for shift in range(20, -1, -4))
        self._due_ns[code.encode()] = due_ns
        self.asked += due_ns >= self._counts_from_ns
        data = {"text": f"what about the {code} you have?"}
        asker.command("comment.send", self._room, data, f"ask-{code}")

    def serve(self) -> None:
        """Read what has come. Raises ServerFailed."""
        for fd, _ in self._poller.poll(0):
            listener = self._by_fd[fd]
            texts = listener.read()
            now_ns = time.monotonic_ns()
            for text in texts:
                self._take(listener, text, now_ns)

    def close(self) -> None:
        """Close every socket."""
        for listener in self._by_fd.values():
            listener.socket.close()
        self._poller.close()

    def _take(self, listener: Listener, payload: bytes, now_ns: int) -> None:
        head = payload[:64]
        if _PRIVATE in head:
            if not listener.asks and _QUEUED in payload:
                self._hear(payload, now_ns)
        elif b'"type":"error"' in head:
            self.refusals[str(orjson.loads(payload)["error"].get("code"))] += 1
        elif b'"type":"ping"' in head:
            listener.pong(payload)

    def _hear(self, payload: bytes, now_ns: int) -> None:
        """Count what the host hears of for the first time."""
        for code in _CODE.findall(payload):
            due_ns = self._due_ns.pop(code, None)
            if due_ns is not None and due_ns >= self._counts_from_ns:
                self.heard += 1
                self.latency.add(now_ns - due_ns)
