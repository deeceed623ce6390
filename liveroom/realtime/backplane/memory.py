"""The backplane of a single process: dictionaries, and calls that never wait.

All rooms of the deployment are in this process, so subscribing is bookkeeping and a gap cannot happen.
Bounded: rooms by `forget`, and by `KEEP_S` after the last of their people left, histories by their ring, keys and
buckets by number and age.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import orjson

from liveroom.realtime.backplane.base import (
    KEY_TTL_S,
    NO_FLOORS,
    Event,
    Key,
    Outcome,
    Position,
    Publication,
    Published,
    Receiver,
    Take,
    Target,
    Version,
)
from liveroom.realtime.clock import Clock
from liveroom.realtime.limits import Buckets
from liveroom.realtime.ring import RING_BYTES, RING_EVENTS, Ring

KEEP_S = 86_400
"""How long a room stays that nobody is in."""
MAX_KEYS = 200_000
"""Keys remembered in all; beyond it the oldest is forgotten before its time."""


@dataclass(slots=True)
class _Room:
    ring: Ring
    epoch: str = field(default_factory=lambda: secrets.token_hex(6))
    subscribed: bool = False
    counters: dict[str, int] = field(default_factory=dict)
    latest: dict[str, tuple[Version, bytes]] = field(default_factory=dict)

    @property
    def position(self) -> Position:
        return Position(self.epoch, self.ring.last_seq)


_Remembered = tuple[float, bytes, str, int, bytes]
"""Until when (monotonic seconds), digest, epoch, seq, answer. A plain tuple of plain values, because there are many of
them for long, and the garbage collector looks at such a one only once."""


class MemoryBackplane:
    """See `Backplane` for the promises.

    Args:
        clock: for the age of keys and the refill of buckets.
        ring_events: events kept for each room.
        ring_bytes: bytes kept for each room.
    """

    is_shared = False

    def __init__(self, clock: Clock, *, ring_events: int = RING_EVENTS, ring_bytes: int = RING_BYTES) -> None:
        self._clock = clock
        self._ring_events = ring_events
        self._ring_bytes = ring_bytes
        self._rooms: dict[str, _Room] = {}
        self._left: dict[str, float] = {}
        """Rooms that nobody listens to, and until when they are kept (monotonic seconds); the oldest first."""
        self._keys: OrderedDict[tuple[str, str], _Remembered] = OrderedDict()
        self._buckets = Buckets()
        self._receiver: Receiver | None = None

    async def start(self, receiver: Receiver) -> None:
        """Deliver to `receiver`."""
        self._receiver = receiver

    async def close(self) -> None:
        """Deliver no more."""
        self._receiver = None

    def is_available(self) -> bool:
        """See `Backplane.is_available`."""
        return True

    async def subscribe(self, room: str, recent: int) -> tuple[Position, list[bytes]]:
        """See `Backplane.subscribe`."""
        self._room(room).subscribed = True
        self._left.pop(room, None)
        self._forget_left()
        return await self.recent(room, recent)

    async def unsubscribe(self, room: str) -> None:
        """See `Backplane.unsubscribe`."""
        if room in self._rooms:
            self._rooms[room].subscribed = False
            self._leave(room)
        self._forget_left()

    async def publish(self, room: str, publications: Sequence[Publication]) -> list[Published]:
        """See `Backplane.publish`."""
        known = self._room(room)
        first_seq = known.ring.last_seq + 1
        fresh: list[Event] = []
        results = []
        for publication in publications:
            result = self._repeated(room, publication.key, publication.digest)
            if result is None:
                fresh.extend(publication.events)
                seq = first_seq - 1 + len(fresh) if publication.events else 0
                result = Published(Outcome.FRESH, Position(known.epoch, seq))
                self._remember(room, publication, result.position)
            results.append(result)
        known.ring.extend([event.payload for event in fresh])
        if fresh and known.subscribed and self._receiver is not None:
            self._receiver.on_events(room, known.epoch, first_seq, fresh)
        return results

    async def recall(self, room: str, keys: Sequence[Key]) -> list[Published | None]:
        """See `Backplane.recall`."""
        return [self._repeated(room, key, digest) for key, digest in keys]

    async def tail(self, room: str, after: Position) -> tuple[Position, list[bytes] | None]:
        """See `Backplane.tail`."""
        known = self._room(room)
        if after.epoch != known.epoch:
            return known.position, None
        return known.position, known.ring.tail(after.seq)

    async def recent(self, room: str, most: int) -> tuple[Position, list[bytes]]:
        """See `Backplane.recent`."""
        known = self._room(room)
        after = max(known.ring.first_seq - 1, known.ring.last_seq - most)
        return known.position, known.ring.tail(after) or []

    async def replace(self, room: str, epoch: str, events: Mapping[int, bytes]) -> None:
        """See `Backplane.replace`."""
        known = self._room(room)
        if known.epoch == epoch:
            for seq, event in events.items():
                known.ring.replace(seq, event)

    async def add(
        self,
        room: str,
        counters: Mapping[str, int],
        key: str | None = None,
        floors: Mapping[str, int] = NO_FLOORS,
    ) -> dict[str, int]:
        """See `Backplane.add`."""
        repeated = self._repeated(room, key, b"")
        if repeated is not None:
            first: dict[str, int] = orjson.loads(repeated.answer)
            return first
        known = self._room(room)
        for name, amount in counters.items():
            known.counters[name] = max(known.counters.get(name, 0), floors.get(name, 0)) + amount
        totals = {name: known.counters[name] for name in counters}
        if key is not None:
            self._remember(room, Publication(key=key, answer=orjson.dumps(totals)), known.position)
        return totals

    async def set_latest(self, room: str, kind: str, value: bytes, version: Version) -> None:
        """See `Backplane.set_latest`."""
        known = self._room(room)
        if kind in known.latest and known.latest[kind][0] > version:
            return
        known.latest[kind] = (version, value)
        if known.subscribed and self._receiver is not None:
            self._receiver.on_latest(room, kind, value)

    async def latest(self, room: str) -> dict[str, bytes]:
        """See `Backplane.latest`."""
        return {kind: value for kind, (_, value) in self._room(room).latest.items()}

    async def report_viewers(self, room: str, viewers: int) -> int:
        """The sum over one node is its own number."""
        self._forget_left()
        return viewers

    async def send_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """See `Backplane.send_private`."""
        if self._receiver is not None:
            self._receiver.on_private(room, target, payload)

    async def take(self, wishes: Sequence[Take]) -> list[int]:
        """See `Backplane.take`."""
        now_s = self._clock.monotonic_s()
        return [self._buckets.take(w.bucket, w.per_s, w.burst, w.cost, now_s) for w in wishes]

    async def tell_nodes(self, message: bytes) -> None:
        """See `Backplane.tell_nodes`."""
        if self._receiver is not None:
            self._receiver.on_node_message(message)

    async def forget(self, room: str) -> None:
        """See `Backplane.forget`; keys go with their age."""
        self._rooms.pop(room, None)
        self._left.pop(room, None)

    def _leave(self, room: str) -> None:
        self._left.pop(room, None)
        self._left[room] = self._clock.monotonic_s() + KEEP_S

    def _forget_left(self) -> None:
        now_s = self._clock.monotonic_s()
        while self._left:
            room, until_s = next(iter(self._left.items()))
            if until_s > now_s:
                break
            del self._left[room], self._rooms[room]

    def _room(self, room: str) -> _Room:
        known = self._rooms.get(room)
        if known is None:
            ring = Ring(max_events=self._ring_events, max_bytes=self._ring_bytes)
            known = self._rooms[room] = _Room(ring)
            self._leave(room)
        return known

    def _repeated(self, room: str, key: str | None, digest: bytes) -> Published | None:
        first = self._keys.get((room, key)) if key is not None else None
        if first is None:
            return None
        until_s, first_digest, epoch, seq, answer = first
        if until_s <= self._clock.monotonic_s():
            return None
        if first_digest != digest:
            return Published(Outcome.CONFLICT, Position(epoch, seq))
        return Published(Outcome.DUPLICATE, Position(epoch, seq), answer)

    def _remember(self, room: str, publication: Publication, position: Position) -> None:
        if publication.key is None:
            return
        now_s = self._clock.monotonic_s()
        keys = self._keys
        keys.pop((room, publication.key), None)
        keys[(room, publication.key)] = (now_s + KEY_TTL_S, publication.digest, *position, publication.answer)
        # Each new key lets two old ones go at most, which is enough to keep up and costs the same every time.
        for oldest in list(islice(keys, 2)):
            if keys[oldest][0] <= now_s or len(keys) > MAX_KEYS:
                del keys[oldest]
