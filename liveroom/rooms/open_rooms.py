"""The rooms that are open on this node: loaded when somebody needs them, closed when nothing is left of them.

Concurrent callers share one load. A room closes when nobody is in it, no show runs, no visit could be taken up
again and everything is sent, at two sweeps in a row; what must be kept is in the store by then. Who needs a room that
is closing waits for that and loads it anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.clock import Clock, TimerHandle
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import NodeMessage
from liveroom.realtime.telemetry import Telemetry
from liveroom.rooms.actor import RoomActor
from liveroom.rooms.errors import Refusal
from liveroom.rooms.following import Follower
from liveroom.rooms.means import Means
from liveroom.rooms.messages.room import RoomStatus
from liveroom.rooms.rereading import Rereading, keep_changes
from liveroom.rooms.room import Room
from liveroom.rooms.rules.bans import holds_for
from liveroom.rooms.scene import Scene
from liveroom.rooms.telemetry import RoomTelemetry

logger = logging.getLogger(__name__)

SWEEP_S = 10.0
BANS_S = 5.0
CLOSE_S = 5.0
AGAIN_S = 1.0

Remove = Callable[[Connection, str, ErrorCode, str], None]
Listener = Callable[[Room], None]
"""Hears that a room was opened on this node; returns at once and raises nothing."""


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
        self.listeners: list[Listener] = []
        self._means = means
        self._scenes = scenes
        self._clock = clock
        self._telemetry = telemetry
        self._room_telemetry = room_telemetry
        self._actors: dict[str, RoomActor] = {}
        self._opening: dict[str, asyncio.Task[RoomActor]] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._quiet: dict[str, RoomActor] = {}
        self._stale_bans: set[str] = set()
        self._bans_anew = Rereading(self._read_bans)
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: TimerHandle | None = None
        self._follower = Follower(means.store, means.areas, clock, self._find)
        means.hub.observe(self._observe)
        means.hub.observe_kept(self._redact)
        means.hub.observe_resync(self._resync)
        means.hub.observe_missed(self._miss)
        means.hub.listen(self._hear)

    def start(self) -> None:
        """Begin to close rooms that are empty."""
        self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)

    async def drain(self) -> None:
        """Wait until every accepted command is answered."""
        await asyncio.gather(*(actor.drain() for actor in list(self._actors.values())))

    async def stop(self) -> None:
        """End all rooms of this node; who is there now, or was just there, is known when they come back."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._follower.stop()
        for task in (*self._tasks, *self._opening.values(), *self._closing.values()):
            task.cancel()
        await asyncio.gather(*(actor.stop() for actor in self._actors.values()))
        try:
            async with asyncio.timeout(CLOSE_S):
                await asyncio.gather(*(self._remember(actor.room) for actor in self._actors.values()))
        except (RealtimeError, TimeoutError):
            logger.warning("some visits could not be kept: those people will be greeted as new")
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
        if room in self._closing:
            await asyncio.wait([self._closing[room]])
        document = await self._means.store.load(room)
        if document is None:
            raise Refusal(ErrorCode.ROOM_NOT_FOUND, "there is no room of this name", room=room)
        bans = await self._means.store.bans(room)
        scene = self._scenes.get(document.scene)
        if scene is None:
            logger.warning("scene_missing", extra={"room": room, "scene": document.scene})
            scene = next(iter(self._scenes.values()))
        parts = await self._means.areas.load_parts(room)
        fanout = await self._means.hub.open(room)
        # No await from here on, so that no event is missed between the fan-out's position and the observer.
        now_ms, retold = self._clock.now_ms(), self._means.retold
        opened = Room(document, scene, fanout, bans, self._room_telemetry, now_ms, parts, retold)
        actor = RoomActor(opened, self._means, self._clock, self._telemetry)
        self._actors[room] = actor
        self._follower.opened(opened)
        for listener in self.listeners:
            listener(opened)
        if room in self._stale_bans:
            self._stale_bans.discard(room)
            self._spawn(self._bans_anew.ask(room))
        return actor

    def _observe(self, room: str, events: Sequence[Event]) -> None:
        actor = self._actors.get(room)
        if actor is not None:
            actor.room.observe(events)
            self._follower.observed(actor.room, events)

    def _resync(self, room: str) -> None:
        actor = self._actors.get(room)
        if actor is not None:
            actor.recount()
            self._follower.resynced(room)
            self._hear({"bans_changed": room})

    def _miss(self) -> None:
        """Changes of bans, and of what areas keep in memory, are told from node to node."""
        for room in (*self._actors, *self._opening):
            self._hear({"bans_changed": room})
        for room in self._actors:
            self._follower.missed(room)

    def _redact(self, room: str) -> None:
        actor = self._actors.get(room)
        if actor is not None:
            actor.room.redact()

    def _find(self, room: str) -> Room | None:
        actor = self._actors.get(room)
        return actor.room if actor is not None else None

    def _hear(self, message: NodeMessage) -> None:
        """Bans are told to all nodes, so that they cut connections everywhere (L2)."""
        room = message.get("bans_changed")
        if room in self._actors:
            self._spawn(self._bans_anew.ask(room))
        elif room in self._opening:
            # They may have been read before the change.
            self._stale_bans.add(room)

    async def _read_bans(self, name: str) -> None:
        room = self._find(name)
        before = dict(room.bans) if room is not None else {}
        try:
            async with asyncio.timeout(BANS_S):
                bans = await self._means.store.bans(name)
        except (RealtimeError, TimeoutError):
            logger.warning("the bans of room %s could not be read; trying again", name)
            self._clock.call_later(AGAIN_S, lambda: self._hear({"bans_changed": name}))
            return
        if room is None or room is not self._find(name):
            return
        now_ms = self._clock.now_ms()
        room.replace_bans(keep_changes(before, bans, room.bans))
        for consumer in list(room.fanout.members):
            if not isinstance(consumer, Connection) or consumer.identity is None or self.remove is None:
                continue
            identity = consumer.identity
            if holds_for(room.ban_of(identity.user_id, now_ms), identity.role_in(room.id)):
                self.remove(consumer, room.id, ErrorCode.BANNED, "you are banned from this room")

    def _sweep(self) -> None:
        """Close what was quiet at the last sweep already: who has just opened a room needs a moment to use it."""
        self._sweeper = self._clock.call_later(SWEEP_S, self._sweep)
        quiet = {room: actor for room, actor in self._actors.items() if actor.is_idle and not actor.room.fanout.members}
        for room, actor in quiet.items():
            if self._quiet.get(room) is actor:
                del self._actors[room]
                self._begin_closing(room, actor)
        self._quiet = quiet

    def _begin_closing(self, room: str, actor: RoomActor) -> None:
        task = asyncio.ensure_future(self._close(room, actor))
        self._closing[room] = task
        task.add_done_callback(lambda _: self._closing.pop(room, None))

    async def _close(self, room: str, actor: RoomActor) -> None:
        await actor.stop()
        backplane = self._means.backplane
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._means.hub.release(room)
                if actor.room.document.status is RoomStatus.ENDED and not await backplane.report_viewers(room, 0):
                    await backplane.forget(room)
        except (RealtimeError, TimeoutError):
            logger.warning("room %s is closed, but the backplane could not be told", room)

    async def _remember(self, room: Room) -> None:
        visits = room.outbox.visits | room.attendance.remember(self._clock.now_ms())
        if visits:
            await self._means.store.remember_visits(room.id, visits)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
