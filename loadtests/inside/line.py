"""What stands in for a viewer's connection behind the socket: hands commands over and notes when they are answered."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import orjson

from liveroom.realtime.connection import Connection
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.messages.coupon import ClaimCoupon
from liveroom.server.node import Node

FAR_MS = 2**52
TURN = 64
"""Commands handed over before the loop does other things, as a loop that reads sockets does."""


GRANTED = "granted"
GRANTED_ACK = b'{"type":"ack","id":1,"data":{"outcome":"granted",'
"""How nearly every answer begins; the others are read as JSON."""


class Tap(NamedTuple):
    """A checked command, as the decoder makes it."""

    id: int
    type: str
    room: str
    data: ClaimCoupon
    key: str


class Line:
    """One viewer, who is connected and taps once."""

    __slots__ = ("crowd", "identity", "key", "rooms", "sent_ns")

    def __init__(self, crowd: Crowd, number: int) -> None:
        """The viewer of this number."""
        self.crowd = crowd
        self.identity = Identity(user_id=f"u{number}", name=f"u{number}", role=Role.VIEWER, expires_at_ms=FAR_MS)
        self.rooms = crowd.rooms
        self.key = random.randbytes(16).hex()
        self.sent_ns = 0

    def send_all(self, frames: Sequence[bytes]) -> None:
        """Answers, as frames that are ready for the socket."""
        self.crowd.hear(self, frames)


class Crowd:
    """All viewers of a run, each of whom taps once."""

    def __init__(self, node: Node, room: str, campaign: str, size: int, *, shuffled: bool) -> None:
        """Nobody has tapped yet.

        Args:
            size: how many there are.
            shuffled: they tap in any order, not in that of their ids.
        """
        self.rooms = {room: None}
        self.latencies_ns: list[int] = []
        self.outcomes: Counter[str] = Counter()
        self._node = node
        self._room = room
        self._data = ClaimCoupon(campaign=campaign)
        order = random.sample(range(size), size) if shuffled else range(size)
        self._lines = [Line(self, number) for number in reversed(order)]
        self._unanswered = 0
        self._more = asyncio.Event()

    async def tap(self, until_s: float, most: int, in_flight: int) -> float:
        """Keep so many taps unanswered until a moment of the monotonic clock, at most so many in all.

        Returns:
            Seconds from the first tap to the last answer.
        """
        started_s = time.monotonic()
        left = min(most, len(self._lines))
        while left and time.monotonic() < until_s:
            turn = min(TURN, in_flight - self._unanswered, left)
            left -= turn
            for _ in range(turn):
                self._tap_once()
            self._more.clear()
            if self._unanswered >= in_flight:
                await self._more.wait()
            else:
                await asyncio.sleep(0)
        while self._unanswered:
            self._more.clear()
            await self._more.wait()
        return time.monotonic() - started_s

    def hear(self, line: Line, frames: Sequence[bytes]) -> None:
        """A viewer is answered."""
        self.latencies_ns.append(time.monotonic_ns() - line.sent_ns)
        self._unanswered -= len(frames)
        self._more.set()
        for frame in frames:
            self.outcomes[GRANTED if frame.startswith(GRANTED_ACK) else _read_outcome(frame)] += 1

    def _tap_once(self) -> None:
        line = self._lines.pop()
        self._unanswered += 1
        line.sent_ns = time.monotonic_ns()
        tap = Tap(1, "coupon.claim", self._room, self._data, line.key)
        self._node.rooms.submit(cast(Connection, line), tap)


def _read_outcome(frame: bytes) -> str:
    answer: dict[str, Any] = orjson.loads(frame)
    return str(answer["data"]["outcome"] if answer["type"] == "ack" else answer["error"]["code"])
