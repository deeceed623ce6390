"""The engine itself: the contract of `base.Backplane` in terms of scripts, channels and rooms that are listened to."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from liveroom.realtime.backplane.base import (
    KEY_TTL_S,
    NO_FLOORS,
    Event,
    Key,
    Position,
    Publication,
    Published,
    Receiver,
    Take,
    Target,
    Version,
)
from liveroom.realtime.backplane.redis.call import Part
from liveroom.realtime.backplane.redis.channel import Batch, Latest, Private, encode_private
from liveroom.realtime.backplane.redis.cluster import Cluster
from liveroom.realtime.backplane.redis.dial import Dialler
from liveroom.realtime.backplane.redis.ears import Ears, Sink
from liveroom.realtime.backplane.redis.fleet import Fleet, Locate, Server, Single, stay_at
from liveroom.realtime.backplane.redis.keys import LANE, Keys
from liveroom.realtime.backplane.redis.lane import Lane
from liveroom.realtime.backplane.redis.location import Kind, Location
from liveroom.realtime.backplane.redis.presence import Presence
from liveroom.realtime.backplane.redis.records import publication_args, read_published, read_record, read_totals
from liveroom.realtime.backplane.redis.router import Router
from liveroom.realtime.backplane.redis.scripts import (
    ADD,
    KEEP_S,
    PUBLISH,
    READ_RECENT,
    REPLACE,
    SET_LATEST,
    TAKE,
    fresh_epoch,
)
from liveroom.realtime.backplane.redis.sentinels import Sentinels
from liveroom.realtime.backplane.redis.watch import Watch
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.realtime.ring import RING_BYTES, RING_EVENTS

START_S = 10.0
AGAIN_S = 0.1


class RedisBackplane:
    """See `Backplane` for the promises, and docs/nodes.md for how they are kept.

    Args:
        ring_events: events kept for each room.
        ring_bytes: bytes kept for each room.
    """

    is_shared = True

    def __init__(
        self, location: Location, clock: Clock, *, ring_events: int = RING_EVENTS, ring_bytes: int = RING_BYTES
    ) -> None:
        self._bounds = (ring_events, ring_bytes)
        self._clock = clock
        self._receiver: Receiver | None = None
        self._keys = Keys(location.db)
        self._fleet = self._make_fleet(location)
        self._router = Router(self._fleet, clock)
        self._ears = Ears(self._keys, self._fleet, self._router)
        self._presence = Presence(self._keys, self._router)
        self._lane = Lane(self._ears, self._hear_node, self._miss_nodes)
        self._watch = Watch(self._keys, self._fleet, self._router, self._ears, self._presence)

    def _make_fleet(self, location: Location) -> Fleet:
        dialler = Dialler(location, self._clock)

        def make(name: str, locate: Locate) -> Server:
            return Server(
                name,
                locate,
                dialler,
                self._clock,
                hear=lambda channel, message: self._ears.hear(channel, message),
                confirmed_again=lambda channel: self._ears.confirmed_again(channel),
                sent_away=lambda channel: self._ears.sent_away(channel),
            )

        if location.kind is Kind.CLUSTER:
            return Cluster(dialler, make, lambda: self._ears.follow_moves())
        if location.kind is Kind.SENTINEL:
            return Single(location.service, Sentinels(dialler).find_primary, make)
        return Single(str(location.addresses[0]), stay_at(location.addresses[0]), make)

    async def start(self, receiver: Receiver) -> None:
        """See `Backplane.start`; a server that is not there yet is waited for.

        Raises:
            BackplaneUnavailable: not there within `START_S`.
        """
        self._receiver = receiver
        await self._connect()
        self._watch.start()

    async def probe(self) -> None:
        """Find out whether `start` would succeed.

        Raises:
            BackplaneUnavailable: it would not, and why.
        """
        await self._connect()
        await self.close()

    async def close(self) -> None:
        """See `Backplane.close`."""
        self._receiver = None
        await self._watch.stop()
        await self._presence.leave()
        self._lane.stop()
        self._ears.stop()
        await self._fleet.close()

    def is_available(self) -> bool:
        """See `Backplane.is_available`; one server of a cluster is enough, since others have other rooms."""
        servers = self._fleet.servers
        return any(server.caller.upkeep.link is not None and not server.refusal for server in servers)

    async def subscribe(self, room: str, recent: int) -> tuple[Position, list[bytes]]:
        """See `Backplane.subscribe`."""
        return await self._ears.open(room, recent, self._sink(room))

    async def unsubscribe(self, room: str) -> None:
        """See `Backplane.unsubscribe`."""
        self._ears.close(room)

    async def publish(self, room: str, publications: Sequence[Publication]) -> list[Published]:
        """See `Backplane.publish`."""
        used, args = publication_args(publications)
        keys = (self._keys.room(room), self._keys.history(room), *(self._keys.repeat(room, key) for key in used))
        fixed: tuple[Part, ...] = (fresh_epoch(), KEEP_S, self._keys.channel(room), KEY_TTL_S, *self._bounds)
        epoch, *answers = await self._router.run(room, PUBLISH, keys, *fixed, *args)
        return [
            read_published(epoch, answer, publication.digest)
            for answer, publication in zip(answers, publications, strict=True)
        ]

    async def recall(self, room: str, keys: Sequence[Key]) -> list[Published | None]:
        """See `Backplane.recall`."""
        if not keys:
            return []
        records = await self._router.ask(room, "MGET", *(self._keys.repeat(room, each.key) for each in keys))
        return [
            read_record(record, each.digest) if record is not None else None
            for record, each in zip(records, keys, strict=True)
        ]

    async def tail(self, room: str, after: Position) -> tuple[Position, list[bytes] | None]:
        """See `Backplane.tail`."""
        return await self._ears.read_after(room, after)

    async def recent(self, room: str, most: int) -> tuple[Position, list[bytes]]:
        """See `Backplane.recent`."""
        keys = (self._keys.room(room), self._keys.history(room))
        epoch, seq, events = await self._router.run(room, READ_RECENT, keys, fresh_epoch(), KEEP_S, most)
        return Position(epoch.decode(), seq), events

    async def replace(self, room: str, epoch: str, events: Mapping[int, bytes]) -> None:
        """See `Backplane.replace`."""
        keys = (self._keys.room(room), self._keys.history(room))
        args = [part for pair in events.items() for part in pair]
        await self._router.run(room, REPLACE, keys, fresh_epoch(), KEEP_S, epoch, *args)

    async def add(
        self,
        room: str,
        counters: Mapping[str, int],
        key: str | None = None,
        floors: Mapping[str, int] = NO_FLOORS,
    ) -> dict[str, int]:
        """See `Backplane.add`."""
        keys: tuple[str, ...] = (self._keys.sums(room),)
        if key is not None:
            keys = (*keys, self._keys.repeat(room, key))
        args = [part for name, amount in counters.items() for part in (name, amount, floors.get(name, 0))]
        record = await self._router.run(room, ADD, keys, KEEP_S, KEY_TTL_S, *args)
        return dict(zip(counters, read_totals(record), strict=True))

    async def set_latest(self, room: str, kind: str, value: bytes, version: Version) -> None:
        """See `Backplane.set_latest`."""
        keys = (self._keys.values(room),)
        await self._router.run(room, SET_LATEST, keys, KEEP_S, self._keys.channel(room), kind, value, *version)

    async def latest(self, room: str) -> dict[str, bytes]:
        """See `Backplane.latest`."""
        return await self._ears.read_latest(room)

    async def report_viewers(self, room: str, viewers: int) -> int:
        """See `Backplane.report_viewers`."""
        return await self._presence.report(room, viewers)

    async def send_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """See `Backplane.send_private`; the people of this node get it without a detour."""
        at = LANE if room is None else room
        word = Private(self._presence.node, target, payload)
        await self._router.ask(at, "SPUBLISH", self._keys.channel(at), encode_private(word))
        if self._receiver is not None:
            self._receiver.on_private(room, target, payload)

    async def take(self, wishes: Sequence[Take]) -> list[int]:
        """See `Backplane.take`."""
        groups: dict[str, list[int]] = {}
        names = []
        for index, wish in enumerate(wishes):
            tag, name = self._keys.rate(wish.bucket)
            names.append(name)
            groups.setdefault(tag, []).append(index)
        waits = [0] * len(wishes)

        async def take_some(tag: str, indexes: list[int]) -> None:
            some = [wishes[index] for index in indexes]
            args = [part for wish in some for part in (wish.per_s, wish.burst, wish.cost)]
            answers = await self._router.run(tag, TAKE, tuple(names[index] for index in indexes), *args)
            for index, wait_ms in zip(indexes, answers, strict=True):
                waits[index] = wait_ms

        await asyncio.gather(*(take_some(tag, indexes) for tag, indexes in groups.items()))
        return waits

    async def tell_nodes(self, message: bytes) -> None:
        """See `Backplane.tell_nodes`."""
        await self.publish(LANE, [Publication((Event("node", message),))])

    async def forget(self, room: str) -> None:
        """See `Backplane.forget`."""
        names = self._keys
        await self._router.ask(room, "DEL", names.room(room), names.history(room), names.values(room), names.sums(room))

    async def _connect(self) -> None:
        reason = "it does not answer"
        try:
            async with asyncio.timeout(START_S):
                await self._fleet.start()
                await self._listen_to_nodes()
                return
        except OSError as error:
            # TimeoutError is one of them, and says nothing.
            servers = self._fleet.servers
            reasons = (str(error), *(server.caller.upkeep.reason or server.refusal for server in servers))
            reason = next((each for each in reasons if each), reason)
        await self.close()
        raise BackplaneUnavailable(f"the redis of the nodes cannot be used: {reason}")

    async def _listen_to_nodes(self) -> None:
        while True:
            try:
                await self._ears.open(LANE, 0, self._lane.sink(partial(self._hear_private, None)))
                return
            except BackplaneUnavailable:
                await asyncio.sleep(AGAIN_S)

    def _sink(self, room: str) -> Sink:
        return Sink(
            batch=partial(self._hear_batch, room),
            latest=partial(self._hear_latest, room),
            private=partial(self._hear_private, room),
            torn=partial(self._hear_gap, room),
        )

    def _hear_batch(self, room: str, batch: Batch) -> None:
        if self._receiver is not None:
            self._receiver.on_events(room, batch.epoch, batch.first_seq, batch.events)

    def _hear_latest(self, room: str, latest: Latest) -> None:
        if self._receiver is not None:
            self._receiver.on_latest(room, latest.kind, latest.value)

    def _hear_private(self, room: str | None, word: Private) -> None:
        if self._receiver is not None and word.sender != self._presence.node:
            self._receiver.on_private(room, word.target, word.payload)

    def _hear_gap(self, room: str) -> None:
        if self._receiver is not None:
            self._receiver.on_gap(room)

    def _hear_node(self, message: bytes) -> None:
        if self._receiver is not None:
            self._receiver.on_node_message(message)

    def _miss_nodes(self) -> None:
        if self._receiver is not None:
            self._receiver.on_nodes_missed()
