"""The writes of one flush: the same bytes to every member in step.

A volley over many connections yields to the event loop every `CHUNK` writes, so that commands and joins go on
meanwhile. A loop with so much else to do that it comes back late gets larger parts, so that a flush is not spread over
a long turn of it for each. Who joins or leaves in between neither misses nor doubles anything: the targets are fixed
when the volley starts, and who leaves is taken off them.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.clock import Clock
from liveroom.realtime.framing import frame_deflated, frame_text
from liveroom.realtime.member import Consumer
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import encode_events, encode_latest

logger = logging.getLogger(__name__)

CHUNK = 400
"""Writes between two yields: some 2-4 ms."""
MOST_CHUNKS = 4
"""Chunks between two yields while the turns of the loop are long."""
FRAME_BYTES = 16 * 1024
"""Events of one flush are split into frames of about this size: a client with an answer due takes a line for dead on
which no whole message comes for 7 s, and the thinnest that may stay brings 22 KiB in that time (`backpressure.py`)."""
SAMPLES = 16
"""Delivery latencies recorded in one flush; more are sampled evenly."""

Write = Callable[[bytes], None]


@dataclass(slots=True)
class Flight:
    """A volley under way: what is left to write, and what it has cost so far.

    Args:
        shots: chunks of writes, with their bytes.
        started_s: monotonic seconds.
        stamps: kind and time of publication of its events.
        viewers: connections it goes to.
        cost_s: CPU seconds; not wall time, or a busy neighbour on the machine would slow the room down further.
        chunks: how many are written before the loop has its turn.
        paused_at_s: when the loop got its turn, in monotonic seconds.
        turn_s: how long the turn before that took.
    """

    shots: Iterator[tuple[list[Write], bytes]]
    started_s: float
    stamps: list[tuple[str, float]]
    viewers: int
    cost_s: float = 0.0
    chunks: int = 1
    paused_at_s: float = math.inf
    turn_s: float = 0.0


class Volley:
    """The magazine and the targets of one room.

    Args:
        room: its name.
        ended: called with start and cost (seconds) when all writes are done.
    """

    def __init__(self, room: str, clock: Clock, telemetry: Telemetry, ended: Callable[[float, float], None]) -> None:
        self._room = room
        self._clock = clock
        self._telemetry = telemetry
        self._ended = ended
        self._plain: dict[Consumer, Write] = {}
        self._deflated: dict[Consumer, Write] = {}
        self._stamps: list[tuple[str, float]] = []
        self.loaded: list[bytes] = []
        self.is_flying = False
        self._flights = 0
        self._gone: set[Write] = set()

    @property
    def is_loaded(self) -> bool:
        """Whether events wait for the next flush."""
        return bool(self.loaded)

    def add(self, consumer: Consumer) -> None:
        """Make a connection a target from the next volley on."""
        (self._deflated if consumer.deflate else self._plain)[consumer] = consumer.write

    def remove(self, consumer: Consumer) -> None:
        """Make it a target no more; a volley under way still reaches it."""
        self._plain.pop(consumer, None)
        self._deflated.pop(consumer, None)

    def drop(self, consumer: Consumer) -> None:
        """The same, and a volley under way reaches it no more either: it has left, or reads from another position."""
        self.remove(consumer)
        if self.is_flying:
            self._gone.add(consumer.write)

    def load(self, events: Sequence[Event]) -> None:
        """Add events to the next volley."""
        now_s = self._clock.monotonic_s()
        for event in events:
            self.loaded.append(event.payload)
            self._stamps.append((event.kind, now_s))

    def reload(self, index: int, event: bytes) -> None:
        """Put other bytes in the place of an event that waits; nothing when none waits there."""
        if 0 <= index < len(self.loaded):
            self.loaded[index] = event

    def unload(self) -> None:
        """Drop what waits; the numbering has started anew."""
        self.loaded.clear()
        self._stamps.clear()

    def events_frames(self, first_seq: int, events: Sequence[bytes], *, deflate: bool = False) -> bytes:
        """Framed `events` messages of moderate size, one after the other."""
        return b"".join(map(frame_deflated if deflate else frame_text, self._payloads(first_seq, events)))

    def latest_frame(self, values: Mapping[str, bytes]) -> bytes:
        """One framed `latest` message."""
        return frame_text(encode_latest(self._room, values))

    def fire(self, first_seq: int, latest: Mapping[str, bytes], started_s: float) -> None:
        """Write the loaded events and `latest` to all targets."""
        events, self.loaded = self.loaded, []
        stamps, self._stamps = self._stamps, []
        payloads = list(self._payloads(first_seq, events)) if events else []
        if latest:
            payloads.append(encode_latest(self._room, latest))
        volleys = [
            (list(targets.values()), b"".join(frame(payload) for payload in payloads))
            for targets, frame in ((self._plain, frame_text), (self._deflated, frame_deflated))
            if targets and payloads
        ]
        viewers = sum(len(writes) for writes, _ in volleys)
        self._telemetry.frames_sent("events", viewers * bool(events), sum(len(w) * len(data) for w, data in volleys))
        self._flights += 1
        self.is_flying = True
        self._continue(Flight(self._shots(volleys), started_s, stamps, viewers))

    def _shots(self, volleys: list[tuple[list[Write], bytes]]) -> Iterator[tuple[list[Write], bytes]]:
        for writes, data in volleys:
            # Another beginning each time, so that nobody is always the last.
            turn = self._flights * 997 % len(writes)
            turned = writes[turn:] + writes[:turn]
            for at in range(0, len(turned), CHUNK):
                yield turned[at : at + CHUNK], data

    def _continue(self, flight: Flight) -> None:
        """Write some chunks; after full ones let the loop do other things first."""
        began_s, now_s = self._clock.cpu_s(), self._clock.monotonic_s()
        if now_s - flight.paused_at_s > flight.turn_s:
            flight.chunks = min(MOST_CHUNKS, 2 * flight.chunks)
        full = 0
        for writes, data in flight.shots:
            write_all([write for write in writes if write not in self._gone] if self._gone else writes, data)
            full += len(writes) == CHUNK
            if full == flight.chunks:
                flight.cost_s += self._clock.cpu_s() - began_s
                flight.paused_at_s = self._clock.monotonic_s()
                flight.turn_s = flight.paused_at_s - now_s
                self._clock.call_later(0, partial(self._continue, flight))
                return
        flight.cost_s += self._clock.cpu_s() - began_s
        self._land(flight)

    def _land(self, flight: Flight) -> None:
        self.is_flying = False
        self._gone.clear()
        now_s = self._clock.monotonic_s()
        if flight.stamps:
            self._telemetry.step_taken("tick", flight.started_s - flight.stamps[0][1])
            self._telemetry.step_taken("socket", now_s - flight.started_s)
        for kind, at_s in flight.stamps[:: len(flight.stamps) // SAMPLES + 1]:
            self._telemetry.event_delivered(kind, now_s - at_s, flight.viewers)
        self._ended(flight.started_s, flight.cost_s)

    def _payloads(self, first_seq: int, events: Sequence[bytes]) -> Iterator[bytes]:
        part: list[bytes] = []
        size = 0
        for seq, event in enumerate(events, first_seq):
            if part and size + len(event) > FRAME_BYTES:
                yield encode_events(self._room, seq - 1, part)
                part, size = [], 0
            part.append(event)
            size += len(event)
        if part:
            yield encode_events(self._room, first_seq + len(events) - 1, part)


def write_all(writes: Iterable[Write], data: bytes) -> None:
    """Write to each; a transport that fails does not stop the rest."""
    rest = iter(writes)
    while True:
        try:
            for write in rest:
                write(data)
        except Exception:
            # Whatever one transport does, the room must not stop in the middle of a flush.
            logger.warning("a write failed during a flush; the connection will be reported lost", exc_info=True)
        else:
            return
