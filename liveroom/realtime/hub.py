"""The rooms and the people of this process.

The hub is the node's receiver on the backplane and the only owner of memberships. It subscribes to a room
while somebody here is in it (and a little longer), repairs gaps once for all, and finds the connections of a
user for private pushes. It knows nothing of what the events mean.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import orjson

from liveroom.realtime.backplane.base import Backplane, Event, Target
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.fanout import Fanout
from liveroom.realtime.framing import frame_text
from liveroom.realtime.member import LAG_BYTES, Consumer
from liveroom.realtime.ring import RING_BYTES, RING_EVENTS, Ring
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.tick import Tick
from liveroom.realtime.volley import write_all
from liveroom.realtime.wire import encode_private

logger = logging.getLogger(__name__)

RECENT_EVENTS = 512
"""Events fetched with a subscription, so that a ring is useful from its first second."""

REPAIRED = "repaired"
"""Kind of an event that was read from the history, which keeps no kinds."""

EventObserver = Callable[[str, Sequence[Event]], None]
NodeMessage = Mapping[str, Any]
NodeListener = Callable[[NodeMessage], None]


class Hub:
    """See the module; all methods run on the event loop.

    Args:
        backplane: started by `start`.
        ring_events: events kept for each room.
        ring_bytes: bytes kept for each room.
    """

    def __init__(
        self,
        backplane: Backplane,
        clock: Clock,
        telemetry: Telemetry,
        *,
        tick: Tick | None = None,
        ring_events: int = RING_EVENTS,
        ring_bytes: int = RING_BYTES,
    ) -> None:
        self.backplane = backplane
        self._clock = clock
        self._telemetry = telemetry
        self._tick = tick or Tick()
        self._ring_events = ring_events
        self._ring_bytes = ring_bytes
        self._rooms: dict[str, Fanout] = {}
        self._opening: dict[str, asyncio.Task[Fanout]] = {}
        self._closing: dict[str, asyncio.Task[None]] = {}
        self._early: set[str] = set()
        self._users: dict[str, tuple[Consumer, ...]] = {}
        self._repairs: dict[str, asyncio.Task[None]] = {}
        self._torn: set[str] = set()
        self._observers: list[EventObserver] = []
        self._kept_observers: list[Callable[[str], None]] = []
        self._resync_observers: list[Callable[[str], None]] = []
        self._node_listeners: list[NodeListener] = []
        self._missed_observers: list[Callable[[], None]] = []

    async def start(self) -> None:
        """Begin to hear the other nodes."""
        await self.backplane.start(self)

    async def stop(self) -> None:
        """End; memberships stay until their connections close."""
        for task in (*self._opening.values(), *self._closing.values(), *self._repairs.values()):
            task.cancel()
        await self.backplane.close()

    def observe(self, observer: EventObserver) -> None:
        """Call `observer(room, events)` for every batch of sequenced events, before it is flushed."""
        self._observers.append(observer)

    def observe_kept(self, observer: Callable[[str], None]) -> None:
        """Call `observer(room)` after a batch was put into the ring, before anybody joins there."""
        self._kept_observers.append(observer)

    def observe_resync(self, observer: Callable[[str], None]) -> None:
        """Call `observer(room)` when events of a room are lost for good and its members were told."""
        self._resync_observers.append(observer)

    def listen(self, listener: NodeListener) -> None:
        """Call `listener(message)` for every message of `tell_nodes`, a JSON object."""
        self._node_listeners.append(listener)

    def observe_missed(self, observer: Callable[[], None]) -> None:
        """Call `observer()` when messages of `tell_nodes` may be lost for good."""
        self._missed_observers.append(observer)

    async def open(self, room: str) -> Fanout:
        """The fan-out of a room, subscribed; concurrent callers share one subscription.

        Raises:
            BackplaneUnavailable: it could not be subscribed.
        """
        task = self._opening.get(room)
        if task is None:
            fanout = self._rooms.get(room)
            if fanout is not None:
                return fanout
            task = asyncio.ensure_future(self._subscribe(room))
            self._opening[room] = task
            task.add_done_callback(lambda _: self._opened(room))
        return await asyncio.shield(task)

    async def release(self, room: str) -> None:
        """Unsubscribe a room that has no members here; who opens it meanwhile waits for that."""
        fanout = self._rooms.get(room)
        if fanout is None or fanout.members or room in self._opening:
            return
        del self._rooms[room]
        task = asyncio.ensure_future(self.backplane.unsubscribe(room))
        self._closing[room] = task
        task.add_done_callback(lambda _: self._closing.pop(room, None))
        await asyncio.shield(task)

    def get(self, room: str) -> Fanout | None:
        """The fan-out of a room that is open here."""
        return self._rooms.get(room)

    def add_user(self, user_id: str, consumer: Consumer) -> None:
        """Make a connection reachable as its user."""
        self._users[user_id] = (*self._users.get(user_id, ()), consumer)

    def remove_user(self, user_id: str, consumer: Consumer) -> None:
        """Undo `add_user`."""
        rest = tuple(other for other in self._users.get(user_id, ()) if other is not consumer)
        if rest:
            self._users[user_id] = rest
        else:
            self._users.pop(user_id, None)

    def connections_of(self, user_id: str) -> tuple[Consumer, ...]:
        """The connections of a user on this node."""
        return self._users.get(user_id, ())

    def sweep(self) -> None:
        """Count what is here; called once a second."""
        members = sum(len(fanout.members) for fanout in self._rooms.values())
        self._telemetry.rooms_counted(len(self._rooms), members)

    def on_events(self, room: str, epoch: str, first_seq: int, events: Sequence[Event]) -> None:
        """See `Receiver.on_events`; a hole starts a repair, what is known already is dropped."""
        fanout = self._rooms.get(room)
        if fanout is None:
            if room in self._opening:
                self._early.add(room)
            return
        known = fanout.ring.last_seq
        if epoch != fanout.epoch or first_seq > known + 1:
            self.on_gap(room)
            return
        fresh = events[known + 1 - first_seq :]
        if fresh:
            for observer in self._observers:
                observer(room, fresh)
            fanout.publish(fresh)
            for kept in self._kept_observers:
                kept(room)

    def on_latest(self, room: str, kind: str, value: bytes) -> None:
        """See `Receiver.on_latest`."""
        fanout = self._rooms.get(room)
        if fanout is not None:
            fanout.set_latest(kind, value)

    def on_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """See `Receiver.on_private`; a connection with a full buffer is left out, since `me` has it too."""
        message = frame_text(encode_private(room, [payload]))
        reached = [each.feed for each in self._reached(room, target) if each.backlog_bytes() <= LAG_BYTES]
        write_all(reached, message)
        self._telemetry.frames_sent("private", len(reached), len(reached) * len(message))

    def on_gap(self, room: str) -> None:
        """See `Receiver.on_gap`: one read at a time repairs the room for everybody here."""
        fanout = self._rooms.get(room)
        if fanout is None:
            return
        if room in self._repairs:
            self._torn.add(room)
            return
        task = asyncio.ensure_future(self._repair(fanout))
        self._repairs[room] = task
        task.add_done_callback(lambda _: self._repaired(room))

    def on_node_message(self, message: bytes) -> None:
        """See `Receiver.on_node_message`."""
        told = orjson.loads(message)
        for listener in self._node_listeners:
            listener(told)

    def on_nodes_missed(self) -> None:
        """See `Receiver.on_nodes_missed`."""
        for observer in self._missed_observers:
            observer()

    async def _subscribe(self, room: str) -> Fanout:
        closing = self._closing.get(room)
        if closing is not None:
            await asyncio.wait([closing])
        position, recent = await self.backplane.subscribe(room, RECENT_EVENTS)
        fanout = Fanout(
            room,
            position,
            recent,
            ring=Ring(max_events=self._ring_events, max_bytes=self._ring_bytes),
            clock=self._clock,
            telemetry=self._telemetry,
            tick=self._tick,
        )
        # Heard from here on, so that nothing falls between the position and the values.
        self._rooms[room] = fanout
        try:
            values = await self.backplane.latest(room)
        except BaseException:
            del self._rooms[room]
            with suppress(RealtimeError):
                await self.backplane.unsubscribe(room)
            raise
        fanout.values = {**values, **fanout.values}
        return fanout

    def _opened(self, room: str) -> None:
        del self._opening[room]
        if room in self._early:
            # Said after the subscription, before there was a fan-out to take it.
            self._early.discard(room)
            self.on_gap(room)

    async def _repair(self, fanout: Fanout) -> None:
        before = fanout.position
        try:
            position, missed = await self.backplane.tail(fanout.name, before)
        except RealtimeError:
            logger.warning("a gap in room %s is not repaired yet: the backplane is away", fanout.name)
            return
        if missed is not None:
            # Some of it may have come by itself meanwhile: what is known already is dropped.
            self.on_events(fanout.name, position.epoch, before.seq + 1, [Event(REPAIRED, each) for each in missed])
        elif fanout.position == before:
            fanout.replace(position)
            for observer in self._resync_observers:
                observer(fanout.name)
        else:
            self.on_gap(fanout.name)

    def _repaired(self, room: str) -> None:
        del self._repairs[room]
        if room in self._torn:
            # Torn again after the read: what it brought may not have been all.
            self._torn.discard(room)
            self.on_gap(room)

    def _reached(self, room: str | None, target: Target) -> Iterable[Consumer]:
        if target.user_id is not None:
            consumers = self._users.get(target.user_id, ())
            fanout = self._rooms.get(room) if room is not None else None
            return consumers if room is None else [c for c in consumers if fanout and c in fanout.members]
        if room is None or room not in self._rooms:
            return ()
        return self._rooms[room].staff(target.roles)
