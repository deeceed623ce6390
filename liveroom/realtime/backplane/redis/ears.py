"""The rooms that this node listens to, on whichever server they are.

Promise: what a room says is told on in order and once (`hearing.py`); a room that may have missed something is said to
be torn until its history was read; latest values that were missed are told after that. A room that has moved to
another server is followed there. In a new epoch values count by what is heard in it, whatever their versions were.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from liveroom.realtime.backplane.base import Position, Version
from liveroom.realtime.backplane.redis.channel import Batch, Latest, Private, decode
from liveroom.realtime.backplane.redis.fleet import Fleet, Server
from liveroom.realtime.backplane.redis.hearing import Heard, Hearing, Phase
from liveroom.realtime.backplane.redis.keys import Keys
from liveroom.realtime.backplane.redis.router import Router
from liveroom.realtime.backplane.redis.scripts import KEEP_S, READ_AFTER, READ_RECENT, fresh_epoch
from liveroom.realtime.backplane.redis.values import read_value
from liveroom.realtime.errors import BackplaneUnavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sink:
    """Where the words of one room go."""

    batch: Callable[[Batch], None]
    latest: Callable[[Latest], None]
    private: Callable[[Private], None]
    torn: Callable[[], None]


@dataclass(slots=True, eq=False)
class Ear:
    """One room."""

    room: str
    channel: bytes
    sink: Sink
    hearing: Hearing = field(default_factory=Hearing)
    server: Server | None = None
    is_moving: bool = False
    values: dict[str, tuple[Version, bytes]] = field(default_factory=dict)
    floors: dict[str, Version] = field(default_factory=dict)
    """Versions of values that were read before anything was heard of them."""
    ahead: Position | None = None
    """Where the room was found to be, further than what was heard by then."""


class Ears:
    """See the module."""

    def __init__(self, keys: Keys, fleet: Fleet, router: Router) -> None:
        self._keys = keys
        self._fleet = fleet
        self._router = router
        self._ears: dict[str, Ear] = {}
        self._by_channel: dict[bytes, Ear] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def all(self) -> list[Ear]:
        """The rooms that are listened to."""
        return list(self._ears.values())

    def stop(self) -> None:
        """Tell nothing more."""
        self._ears.clear()
        self._by_channel.clear()
        for task in self._tasks:
            task.cancel()

    async def open(self, room: str, recent: int, sink: Sink) -> tuple[Position, list[bytes]]:
        """Listen to a room; see `Backplane.subscribe`.

        Raises:
            BackplaneUnavailable: it is not listened to.
        """
        ear = self._ears.get(room)
        is_new = ear is None
        if ear is None:
            ear = self._ears[room] = Ear(room, self._keys.channel(room), sink)
            self._by_channel[ear.channel] = ear
        try:
            if ear.server is None:
                ear.server = await self._router.listen(room, ear.channel)
            keys = (self._keys.room(room), self._keys.history(room))
            epoch, seq, events = await self._router.run(room, READ_RECENT, keys, fresh_epoch(), KEEP_S, recent)
        except BaseException:
            if is_new:
                self.close(room)
            raise
        position = Position(epoch.decode(), seq)
        # After the caller has taken what is returned here, which happens before the loop turns.
        asyncio.get_running_loop().call_soon(self._mend, ear, position)
        return position, events

    def close(self, room: str) -> None:
        """Listen to a room no more."""
        ear = self._ears.pop(room, None)
        if ear is None:
            return
        del self._by_channel[ear.channel]
        if ear.server is not None:
            ear.server.listener.drop(ear.channel)

    async def read_after(self, room: str, after: Position) -> tuple[Position, list[bytes] | None]:
        """See `Backplane.tail`; while a torn room is read, what comes is held back.

        Raises:
            BackplaneUnavailable: it could not be read.
        """
        ear = self._ears.get(room)
        if ear is not None:
            ear.hearing.reads += 1
        keys = (self._keys.room(room), self._keys.history(room))
        try:
            answer = await self._router.run(room, READ_AFTER, keys, fresh_epoch(), KEEP_S, after.epoch, after.seq)
        finally:
            if ear is not None:
                ear.hearing.reads -= 1
        epoch, seq, missed = answer
        position = Position(epoch.decode(), seq)
        if ear is not None:
            asyncio.get_running_loop().call_soon(self._mend, ear, position)
        return position, missed

    async def read_latest(self, room: str) -> dict[str, bytes]:
        """See `Backplane.latest`; what is on its way may be older than what is read.

        Raises:
            BackplaneUnavailable: they could not be read.
        """
        found = await self._find_values(room)
        ear = self._ears.get(room)
        if ear is not None:
            for latest in found:
                self._outdate(ear, latest)
        return {latest.kind: latest.value for latest in found}

    def hear(self, channel: bytes, message: bytes) -> None:
        """A message came."""
        ear = self._by_channel.get(channel)
        if ear is None:
            return
        try:
            said = decode(message)
        except ValueError as error:
            logger.warning("something else speaks on the channel of room %s: %s", ear.room, error)
            return
        if isinstance(said, Batch):
            self._follow(ear, ear.hearing.hear(said))
        elif isinstance(said, Latest):
            self._tell_latest(ear, said)
        else:
            ear.sink.private(said)

    def confirmed_again(self, channel: bytes) -> None:
        """A room is heard again, after something may have been missed."""
        ear = self._by_channel.get(channel)
        if ear is not None:
            self.tear(ear)

    def sent_away(self, channel: bytes) -> None:
        """The server does not have this room any more."""
        ear = self._by_channel.get(channel)
        if ear is not None:
            self._spawn(self._search(ear))

    def follow_moves(self) -> None:
        """Go where rooms are now."""
        for ear in self.all():
            try:
                has_moved = self._fleet.server_of(ear.room) is not ear.server
            except BackplaneUnavailable:
                continue
            if has_moved and not ear.is_moving and ear.hearing.phase is not Phase.OPENING:
                self._spawn(self._move(ear))

    def tear(self, ear: Ear) -> None:
        """Something may have been missed."""
        self._follow(ear, ear.hearing.tear())

    def remind(self) -> None:
        """Say once more which rooms are torn and are not being read, where a read can succeed."""
        for ear in self.all():
            is_open = ear.server is not None and ear.server.caller.upkeep.link is not None
            if ear.hearing.phase is Phase.TORN and not ear.hearing.reads and is_open:
                ear.sink.torn()

    def _follow(self, ear: Ear, heard: Heard) -> None:
        for batch in heard.batches:
            ear.sink.batch(batch)
        if heard.is_torn:
            ear.sink.torn()

    def _mend(self, ear: Ear, position: Position) -> None:
        if self._ears.get(ear.room) is not ear:
            return
        was_torn = ear.hearing.phase is Phase.TORN
        has_forgotten = ear.hearing.phase is not Phase.OPENING and ear.hearing.position.epoch != position.epoch
        if has_forgotten:
            # Whoever counts from the beginning again says nothing old by a low number.
            ear.values.clear()
            ear.floors.clear()
        self._follow(ear, ear.hearing.mend(position))
        if was_torn or has_forgotten:
            self._spawn(self._read_values(ear))

    async def _read_values(self, ear: Ear) -> None:
        """Tell the latest values that were missed."""
        try:
            found = await self._find_values(ear.room)
        except BackplaneUnavailable:
            self.tear(ear)
            return
        for latest in found:
            if ear.values.get(latest.kind) != (latest.version, latest.value):
                self._tell_latest(ear, latest)

    async def _find_values(self, room: str) -> list[Latest]:
        entries = await self._router.ask(room, "HGETALL", self._keys.values(room))
        pairs = zip(entries[::2], entries[1::2], strict=True)
        return [Latest(kind.decode(), *read_value(stored)) for kind, stored in pairs]

    def _outdate(self, ear: Ear, read: Latest) -> None:
        """Nothing older than what was read is told any more; what was told already is put right."""
        known = ear.values.get(read.kind)
        if known is None:
            ear.floors[read.kind] = max(read.version, ear.floors.get(read.kind, read.version))
        elif known[0] < read.version:
            self._tell_latest(ear, read)

    def _tell_latest(self, ear: Ear, latest: Latest) -> None:
        known = ear.values.get(latest.kind)
        least = known[0] if known is not None else ear.floors.get(latest.kind, latest.version)
        if least <= latest.version:
            ear.values[latest.kind] = (latest.version, latest.value)
            ear.sink.latest(latest)

    async def _search(self, ear: Ear) -> None:
        ear.server = None
        await self._fleet.refresh()
        await self._move(ear)

    async def _move(self, ear: Ear) -> None:
        """Listen where the room is now; what was said on the way is a gap."""
        if ear.is_moving:
            return
        ear.is_moving = True
        try:
            server = await self._router.listen(ear.room, ear.channel)
        except BackplaneUnavailable:
            return  # tried again with the next look
        finally:
            ear.is_moving = False
        if self._ears.get(ear.room) is not ear:
            server.listener.drop(ear.channel)
            return
        if ear.server is not None and ear.server is not server:
            ear.server.listener.drop(ear.channel)
        ear.server = server
        self.tear(ear)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
