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

from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import CLOSE, PING, PONG, TEXT, make_frame, split_frames
from loadtests.bench.histogram import Histogram

_MASK: Final = b"\x51\x0e\xc7\x2a"
_LETTERS: Final = "bcdfghjklmnpqrtv"
_CODE: Final = re.compile(rb'"text":"what about the ([b-v]{6}) you have\?"')
_PRIVATE: Final = b'"type":"private"'
_QUEUED: Final = b'"kind":"question.changed"'


class Listener:
    """A socket that has joined. `asks`: else it is the host's."""

    __slots__ = ("asks", "number", "seat", "tail")

    def __init__(self, seat: socket.socket, rest: bytes, asks: bool) -> None:
        """Nothing is sent yet."""
        self.seat = seat
        self.tail = rest
        self.asks = asks
        self.number = 1


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
        asker.number += 1
        code = "".join(_LETTERS[number >> shift & 15] for shift in range(20, -1, -4))
        self._due_ns[code.encode()] = due_ns
        self.asked += due_ns >= self._counts_from_ns
        data = {"text": f"what about the {code} you have?"}
        command = {"id": asker.number, "type": "comment.send", "room": self._room, "data": data, "key": f"ask-{code}"}
        self._send(asker, make_frame(orjson.dumps(command), _MASK))

    def serve(self) -> None:
        """Read what has come. Raises ServerFailed."""
        for fd, _ in self._poller.poll(0):
            listener = self._by_fd[fd]
            try:
                data = listener.seat.recv(262_144)
            except OSError as error:
                raise ServerFailed(f"the connection of a viewer who asks, or of the host, broke: {error}") from error
            if not data:
                raise ServerFailed("the server closed the connection of a viewer who asks, or of the host")
            frames, listener.tail = split_frames(listener.tail + data)
            now_ns = time.monotonic_ns()
            for opcode, payload in frames:
                if opcode == TEXT:
                    self._take(listener, payload, now_ns)
                elif opcode == PING:
                    self._send(listener, make_frame(payload, _MASK, PONG))
                elif opcode == CLOSE:
                    raise ServerFailed(f"the server closed a viewer who asks, or the host: {payload[2:]!r}")

    def close(self) -> None:
        """Close every socket."""
        for listener in self._by_fd.values():
            listener.seat.close()
        self._poller.close()

    def _take(self, listener: Listener, payload: bytes, now_ns: int) -> None:
        head = payload[:64]
        if _PRIVATE in head:
            if not listener.asks and _QUEUED in payload:
                self._hear(payload, now_ns)
        elif b'"type":"error"' in head:
            self.refusals[str(orjson.loads(payload)["error"].get("code"))] += 1
        elif b'"type":"ping"' in head:
            answer = orjson.dumps({"type": "pong", "t": orjson.loads(payload)["t"]})
            self._send(listener, make_frame(answer, _MASK))

    def _hear(self, payload: bytes, now_ns: int) -> None:
        """Count what the host hears of for the first time."""
        for code in _CODE.findall(payload):
            due_ns = self._due_ns.pop(code, None)
            if due_ns is not None and due_ns >= self._counts_from_ns:
                self.heard += 1
                self.latency.add(now_ns - due_ns)

    @staticmethod
    def _send(listener: Listener, frame: bytes) -> None:
        try:
            if listener.seat.send(frame) < len(frame):
                raise ServerFailed("the server does not read what a viewer who asks sends")
        except OSError as error:
            raise ServerFailed(f"the server cut a viewer who asks, or the host, off: {error}") from error
