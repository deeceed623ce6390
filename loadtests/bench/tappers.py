"""The sockets that tap for coupons, and what each of them was answered.

Open model: a tap is due when the plan says so and counts from there until its answer is read. Each tap has a key of
its own, so every one of them is a claim. Whether an answer is true can be told from all answers to the same viewer.
"""

from __future__ import annotations

import select
import socket
import time
from collections import Counter
from typing import Final

import orjson

from loadtests.bench.errors import ServerFailed
from loadtests.bench.histogram import Histogram
from loadtests.bench.seat import Seat

_ANSWERS: Final = (b'{"type":"ack"', b'{"type":"error"', b'{"type":"ping"')


class Tapper(Seat):
    """One socket that has joined. `due_ns`: by number of the command, of taps that are not answered."""

    __slots__ = ("due_ns", "granted", "held", "refused_before", "viewer")

    def __init__(self, seat: socket.socket, viewer: int, rest: bytes) -> None:
        """Nothing is sent yet."""
        super().__init__(seat, rest, "a viewer who taps")
        self.viewer = viewer
        self.due_ns: dict[int, int] = {}
        self.granted = 0
        self.held = 0
        self.refused_before = 0


class Tappers:
    """All sockets that tap."""

    def __init__(self, room: str, campaign: str) -> None:
        """Nobody is there yet."""
        self.latency = Histogram()
        self.outcomes: Counter[str] = Counter()
        self.unanswered = 0
        self._room = room
        self._wanted = {"campaign": campaign}
        self._poller = select.epoll()
        self._seated: list[Tapper] = []
        self._by_fd: dict[int, Tapper] = {}

    @property
    def size(self) -> int:
        """How many have joined."""
        return len(self._seated)

    def fileno(self) -> int:
        """The poller, to be watched by another one."""
        return self._poller.fileno()

    def add(self, seat: socket.socket, rest: bytes) -> None:
        """Take over a joined socket and the bytes behind its join."""
        tapper = Tapper(seat, len(self._seated), rest)
        self._seated.append(tapper)
        self._by_fd[seat.fileno()] = tapper
        self._poller.register(seat.fileno(), select.EPOLLIN)

    def tap(self, count: int, due_ns: int) -> None:
        """Send the tap of this number, from each socket in turn. Raises ServerFailed."""
        tapper = self._seated[count % len(self._seated)]
        number = tapper.command("coupon.claim", self._room, self._wanted, f"tap-{tapper.viewer}-{count}")
        tapper.due_ns[number] = due_ns
        self.unanswered += 1

    def serve(self) -> None:
        """Read what has come. Raises ServerFailed."""
        for fd, _ in self._poller.poll(0):
            tapper = self._by_fd[fd]
            texts = tapper.read()
            now_ns = time.monotonic_ns()
            for text in texts:
                if text.startswith(_ANSWERS):
                    self._take(tapper, text, now_ns)

    def count_untrue(self) -> int:
        """Viewers whose answers contradict each other."""
        return sum(
            # One coupon each; whoever has one is told so, whoever has none was not told that they had.
            each.granted > 1 or (each.held and not each.granted) or (each.granted and each.refused_before)
            for each in self._seated
        )

    def close(self) -> None:
        """Close every socket."""
        for tapper in self._seated:
            tapper.socket.close()
        self._poller.close()

    def _take(self, tapper: Tapper, payload: bytes, now_ns: int) -> None:
        answer = orjson.loads(payload)
        if answer["type"] == "ping":
            tapper.pong(payload)
            return
        due_ns = tapper.due_ns.pop(answer.get("id"), None)
        if due_ns is None:
            raise ServerFailed(f"the server answered a tap that nobody waits for: {payload[:200]!r}")
        self.unanswered -= 1
        self.latency.add(now_ns - due_ns)
        outcome = answer["data"]["outcome"] if answer["type"] == "ack" else str(answer["error"].get("code"))
        self.outcomes[outcome] += 1
        tapper.granted += outcome == "granted"
        tapper.held += outcome == "already_claimed"
        # Nothing comes back in this run, so who was told that all are gone cannot be granted one later.
        tapper.refused_before += outcome == "sold_out"
