"""The rooms that are open on this node: loaded when somebody needs them, closed when nothing is left of them.

Concurrent callers share one load. A room closes when nobody is in it and no visit could be taken up again; what
must be kept is in the store by then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence

import orjson

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.telemetry import Telemetry
from liveroom.rooms.actor import RoomActor
from liveroom.rooms.errors import Refusal
from liveroom.rooms.handlers import Means
from liveroom.rooms.room import Room
from liveroom.rooms.scene import Scene
from liveroom.rooms.telemetry import RoomTelemetry

logger = logging.getLogger(__name__)

SWEEP_S = 10.0

Remove = Callable[[Connection, str, ErrorCode, str], None]


class OpenRooms:
    """See the module.

    Args:
        means: store, backplane and hub; the hub's events and node messages are heard here.
        scenes: by name.
    """

    def __init__(
        self,
        means: Means,
        scenes: Mapping[str, Scene],
        clock: Clock,
        telemetry: Telemetry,
        room_telemetry: RoomTelemetry,
    ) -> None:
        self.remove: Remove | None = None
        self._means = means
        self._scenes = scenes
        self._clock = clock
        self._telemetry = telemetry
        self._room_telemetry = room_telemetry
        self._actors: dict[str, RoomActor] = {}
        self._opening: dict[str, asyncio.Task[RoomActor]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: TimerHandle | None = None
        means.hub.observe(self._observe)
        means.hub.listen(self._hear)

    def start(self) -> None:
        """Begin to close rooms that are empty."""
        self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)

    async def drain(self) -> None:
        """Wait until every accepted command is answered."""
        await asyncio.gather(*(actor.drain() for actor in list(self._actors.values())))

    async def stop(self) -> None:
        """End all rooms of this node."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*(actor.stop() for actor in self._actors.values()))
        self._actors.clear()

    def get(self, room: str) -> RoomActor | None:
        """The actor of a room that is open here."""
        return self._actors.get(room)

    async def open(self, room: str) -> RoomActor:
        """The actor of a room, loaded if need be.

        Raises:
            RealtimeError: `room_not_found`, or the store or the backplane is away.
        """
        actor = self._actors.get(room)
        if actor is not None:
            return actor
        task = self._opening.get(room)
        if task is None:
            task = asyncio.ensure_future(self._load(room))
            self._opening[room] = task
            task.add_done_callback(lambda _: self._opening.pop(room, None))
        return await asyncio.shield(task)

    async def _load(self, room: str) -> RoomActor:
        document = await self._means.store.load(room)
        if document is None:
            raise Refusal(ErrorCode.ROOM_NOT_FOUND, "there is no room of this name", room=room)
        bans = await self._means.store.bans(room)
        scene = self._scenes.get(document.scene)
        if scene is None:
            logger.warning("scene_missing", extra={"room": room, "scene": document.scene})
            scene = next(iter(self._scenes.values()))
        fanout = await self._means.hub.open(room)
        # No await from here on, so that no event is missed between the fan-out's position and the observer.
        opened = Room(document, scene, fanout, bans, self._room_telemetry, self._clock.now_ms())
        actor = RoomActor(opened, self._means, self._clock, self._telemetry)
        self._actors[room] = actor
        return actor

    def _observe(self, room: str, events: Sequence[Event]) -> None:
        actor = self._actors.get(room)
        if actor is not None:
            actor.room.observe(events)

    def _hear(self, message: bytes) -> None:
        """Bans are told to all nodes, so that they cut connections everywhere (L2)."""
        room = orjson.loads(message).get("bans_changed")
        if room in self._actors:
            self._spawn(self._reload_bans(self._actors[room]))

    async def _reload_bans(self, actor: RoomActor) -> None:
        room = actor.room
        room.bans = dict(await self._means.store.bans(room.id))
        now_ms = self._clock.now_ms()
        for consumer in list(room.fanout.members):
            if not isinstance(consumer, Connection) or consumer.identity is None or self.remove is None:
                continue
            if room.ban_of(consumer.identity.user_id, now_ms) is not None:
                self.remove(consumer, room.id, ErrorCode.BANNED, "you are banned from this room")

    def _sweep(self) -> None:
        for room, actor in list(self._actors.items()):
            if actor.is_idle and not actor.room.fanout.members:
                del self._actors[room]
                self._spawn(self._close(room, actor))
        self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)

    async def _close(self, room: str, actor: RoomActor) -> None:
        await actor.stop()
        if room not in self._actors:
            await self._means.hub.release(room)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
