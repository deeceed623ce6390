"""A connection that always has the same number of commands unanswered.

Closed loop on purpose: it finds how many commands a server answers at most. The latency it shows is that
of a full pipeline, not of a lone command.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import orjson

from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import CLOSE, PING, PONG, TEXT, make_frame, split_frames
from loadtests.bench.histogram import Histogram

MakeCommand = Callable[[int], bytes]
"""Payload of the command with this number."""
_MASK: Final = b"\xa1\x4c\x09\xe3"


class Tally:
    """What the pipelines of one phase have got so far."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.answers = 0
        self.refusals: Counter[str] = Counter()
        self.latency = Histogram()


class Pipeline:
    """One socket and its unanswered commands."""

    def __init__(self, seat: socket.socket, depth: int, rest: bytes) -> None:
        """Take over a joined, non-blocking socket.

        Args:
            seat: the socket.
            depth: commands to keep unanswered.
            rest: bytes behind the join.
        """
        self.seat = seat
        self._depth = depth
        self._number = 1
        self._pending: dict[int, int] = {}
        self._tail = rest
        self._backlog = bytearray()

    @property
    def unanswered(self) -> int:
        """Commands without an answer."""
        return len(self._pending)

    def fill(self, make: MakeCommand) -> None:
        """Send as many commands as are missing. Raises ServerFailed."""
        missing = self._depth - len(self._pending)
        if missing <= 0:
            return
        now = time.monotonic_ns()
        for _ in range(missing):
            self._number += 1
            self._pending[self._number] = now
            self._backlog += make_frame(make(self._number), _MASK)
        self._flush()

    def hear(self, tally: Tally) -> None:
        """Read answers. Raises ServerFailed."""
        try:
            data = self.seat.recv(262_144)
        except OSError as error:
            raise ServerFailed(f"the connection of a sender broke: {error}") from error
        if not data:
            raise ServerFailed("the server closed the connection of a sender")
        now = time.monotonic_ns()
        frames, self._tail = split_frames(self._tail + data)
        for opcode, payload in frames:
            if opcode == TEXT:
                self._take(payload, now, tally)
            elif opcode == PING:
                self._backlog += make_frame(payload, _MASK, PONG)
            elif opcode == CLOSE:
                raise ServerFailed(f"the server closed a sender: {payload[2:].decode('utf-8', 'replace')}")
        if self._backlog:
            self._flush()

    def _take(self, payload: bytes, now_ns: int, tally: Tally) -> None:
        head = payload[:32]
        if b'"ack"' in head:
            answer = orjson.loads(payload)
            tally.answers += 1
        elif b'"error"' in head:
            answer = orjson.loads(payload)
            tally.refusals[str(answer["error"].get("code"))] += 1
        elif b'"ping"' in head:
            pong = {"type": "pong", "t": orjson.loads(payload)["t"]}
            self._backlog += make_frame(orjson.dumps(pong), _MASK)
            return
        else:
            return
        sent_ns = self._pending.pop(answer.get("id"), None)
        if sent_ns is None:
            raise ServerFailed(f"the server answered a command that nobody waits for: {payload[:200]!r}")
        tally.latency.add(now_ns - sent_ns)

    def _flush(self) -> None:
        try:
            del self._backlog[: self.seat.send(self._backlog)]
        except BlockingIOError:
            return
        except OSError as error:
            raise ServerFailed(f"the server cut a sender off: {error}") from error
