"""Received bytes, understood once however many readers get them.

Everybody in a room receives the same bytes, so the meaning of a chunk is remembered under the bytes
themselves: for all readers but the first, a receipt costs a comparison. The check stays exact, because
equal bytes are the only thing that is taken for equal.
"""

from __future__ import annotations

from array import array
from typing import Final

from loadtests.bench.dialects import Dialect, Reading
from loadtests.bench.errors import ProtocolFault
from loadtests.bench.frames import BINARY, CLOSE, PING, TEXT, Frame, split_frames
from loadtests.bench.messages import Stamp

IRREGULAR: Final = -2
"""`first` of a chunk whose own events are not contiguous: it never fits any position."""
NOTHING: Final = 0
"""`first` of a chunk without events."""
_GENERATION: Final = 4096


class Chunk:
    """One distinct piece of received bytes, its meaning, and when it reached each reader that was in step."""

    __slots__ = (
        "arrivals",
        "close",
        "events",
        "first",
        "frames",
        "last",
        "messages",
        "notices",
        "pings",
        "replies",
        "special",
        "tail",
    )

    def __init__(self, reading: Reading, frames: int, tail: bytes) -> None:
        """Keep what was read.

        Args:
            reading: events, replies and notices found.
            frames: how many frames there were.
            tail: bytes of a frame that is not complete yet.
        """
        self.events = reading.events
        self.replies = reading.replies
        self.notices = reading.notices
        self.pings: list[bytes] = []
        self.close: str | None = None
        self.frames = frames
        self.tail = tail
        self.first, self.last = _find_span(reading)
        self.messages = sum(stamp is not None for _, stamp in reading.events)
        self.special = bool(tail or reading.replies or reading.notices)
        self.arrivals = array("q")

    def stamps(self) -> list[Stamp]:
        """The stamps of the messages in it, in order."""
        return [stamp for _, stamp in self.events if stamp is not None]


def _find_span(reading: Reading) -> tuple[int, int]:
    if not reading.events:
        return NOTHING, NOTHING
    first = reading.events[0][0]
    last = reading.events[-1][0]
    for expected, (position, _) in enumerate(reading.events, first):
        if position != expected:
            return IRREGULAR, last
    return first, last


class ChunkCache:
    """Chunks by their bytes. Bounded: two generations, the older one is forgotten when the newer is full."""

    def __init__(self, dialect: Dialect) -> None:
        """Understand bytes in this dialect."""
        self._dialect = dialect
        self._young: dict[bytes, Chunk] = {}
        self._old: dict[bytes, Chunk] = {}
        self.chunks: list[Chunk] = []
        """Every chunk ever understood, for the account after the run."""

    @property
    def remembered(self) -> int:
        """How many chunks can be found again by their bytes."""
        return len(self._young) + len(self._old)

    def find(self, data: bytes) -> Chunk:
        """The chunk of these bytes, understood now if they are new. Raises ProtocolFault."""
        chunk = self._young.get(data)
        if chunk is None:
            chunk = self._old.get(data) or self._understand(data)
            if len(self._young) >= _GENERATION:
                self._old = self._young
                self._young = {}
            self._young[data] = chunk
        return chunk

    def _understand(self, data: bytes) -> Chunk:
        frames, tail = split_frames(data)
        chunk = understand(frames, tail, self._dialect)
        self.chunks.append(chunk)
        return chunk


def understand(frames: list[Frame], tail: bytes, dialect: Dialect) -> Chunk:
    """Turn frames into a chunk.

    Args:
        frames: whole frames in order.
        tail: what follows them.
        dialect: gives the payloads their meaning.

    Raises:
        ProtocolFault: a frame that has no place here.
    """
    reading = Reading()
    pings: list[bytes] = []
    close: str | None = None
    for opcode, payload in frames:
        if opcode == TEXT:
            dialect.read(payload, reading)
        elif opcode == PING:
            pings.append(payload)
        elif opcode == CLOSE:
            close = f"{int.from_bytes(payload[:2], 'big')} {payload[2:].decode('utf-8', 'replace')}".strip()
        elif opcode == BINARY:
            raise ProtocolFault("a binary frame where only texts are spoken")
    chunk = Chunk(reading, len(frames), tail)
    chunk.pings = pings
    chunk.close = close
    chunk.special = chunk.special or bool(pings) or close is not None
    return chunk
