"""The rooms and the people of this process.

The hub is the node's receiver on the backplane and the only owner of memberships. It subscribes to a room
while somebody here is in it (and a little longer), repairs gaps once for all, and finds the connections of a
user for private pushes. It knows nothing of what the events mean.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from liveroom.realtime.backplane.base import Backplane, Event, Position, Target
from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.fanout import Fanout, Tick
from liveroom.realtime.member import LAG_BYTES, Consumer
from liveroom.realtime.ring import RING_BYTES, RING_EVENTS, Ring
from liveroom.realtime.telemetry import Telemetry
from liveroom.realtime.wire import encode_private

logger = logging.getLogger(__name__)

RECENT_EVENTS = 512
"""Events fetched with a subscription, so that a ring is useful from its first second."""

EventObserver = Callable[[str, Sequence[Event]], None]


class Hub:
    """See the module; all methods run on the event loop.

    Args:
        backplane: started by `start`.
        ring_events: events kept for each room.
        ring_bytes: bytes kept for each room.
        slow_close_s: how long a reader may stay slow.
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
        slow_close_s: float = 5.0,
    ) -> None:
        self.backplane = backplane
        self._clock = clock
        self._telemetry = telemetry
        self._tick = tick or Tick()
        self._ring_events = ring_events
        self._ring_bytes = ring_bytes
        self._slow_close_s = slow_close_s
        self._rooms: dict[str, Fanout] = {}
        self._opening: dict[str, asyncio.Task[Fanout]] = {}
        self._users: dict[str, tuple[Consumer, ...]] = {}
        self._repairs: set[asyncio.Task[None]] = set()
        self._observers: list[EventObserver] = []
        self._node_listeners: list[Callable[[bytes], None]] = []

    async def start(self) -> None:
        """Begin to hear the other nodes."""
        await self.backplane.start(self)

    async def stop(self) -> None:
        """End; memberships stay until their connections close."""
        for task in (*self._opening.values(), *self._repairs):
            task.cancel()
        await self.backplane.close()

    def observe(self, observer: EventObserver) -> None:
        """Call `observer(room, events)` for every batch of sequenced events, before it is flushed."""
        self._observers.append(observer)

    def listen(self, listener: Callable[[bytes], None]) -> None:
        """Call `listener(message)` for every message of `tell_nodes`."""
        self._node_listeners.append(listener)

    async def open(self, room: str) -> Fanout:
        """The fan-out of a room, subscribed; concurrent callers share one subscription.

        Raises:
            BackplaneUnavailable: it could not be subscribed.
        """
        fanout = self._rooms.get(room)
        if fanout is not None:
            return fanout
        task = self._opening.get(room)
        if task is None:
            task = asyncio.ensure_future(self._subscribe(room))
            self._opening[room] = task
            task.add_done_callback(lambda _: self._opening.pop(room, None))
        return await asyncio.shield(task)

    async def release(self, room: str) -> None:
        """Unsubscribe a room that has no members here."""
        fanout = self._rooms.get(room)
        if fanout is not None and not fanout.members:
            del self._rooms[room]
            await self.backplane.unsubscribe(room)

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
        """Close who reads too slowly and count what is here; called once a second."""
        for fanout in self._rooms.values():
            fanout.close_slow()
        members = sum(len(fanout.members) for fanout in self._rooms.values())
        self._telemetry.rooms_counted(len(self._rooms), members)

    def on_events(self, room: str, epoch: str, first_seq: int, events: Sequence[Event]) -> None:
        """See `Receiver.on_events`; a hole starts a repair, what is known already is dropped."""
        fanout = self._rooms.get(room)
        if fanout is None:
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

    def on_latest(self, room: str, kind: str, value: bytes) -> None:
        """See `Receiver.on_latest`."""
        fanout = self._rooms.get(room)
        if fanout is not None:
            fanout.set_latest(kind, value)

    def on_private(self, room: str | None, target: Target, payload: bytes) -> None:
        """See `Receiver.on_private`; a connection with a full buffer is left out, since `me` has it too."""
        message = encode_private(room, [payload])
        reached = [each for each in self._reached(room, target) if each.backlog_bytes() <= LAG_BYTES]
        for consumer in reached:
            consumer.send(message)
        self._telemetry.frames_sent("private", len(reached), len(reached) * len(message))

    def on_gap(self, room: str) -> None:
        """See `Receiver.on_gap`: one read repairs the room for everybody here."""
        fanout = self._rooms.get(room)
        if fanout is None:
            return
        task = asyncio.ensure_future(self._repair(fanout))
        self._repairs.add(task)
        task.add_done_callback(self._repairs.discard)

    def on_node_message(self, message: bytes) -> None:
        """See `Receiver.on_node_message`."""
        for listener in self._node_listeners:
            listener(message)

    async def _subscribe(self, room: str) -> Fanout:
        position, recent = await self.backplane.subscribe(room, RECENT_EVENTS)
        fanout = Fanout(
            room,
            position,
            recent,
            ring=Ring(max_events=self._ring_events, max_bytes=self._ring_bytes),
            clock=self._clock,
            telemetry=self._telemetry,
            tick=self._tick,
            slow_close_s=self._slow_close_s,
        )
        fanout.values.update(await self.backplane.latest(room))
        self._rooms[room] = fanout
        return fanout

    async def _repair(self, fanout: Fanout) -> None:
        before = fanout.position
        try:
            position, missed = await self.backplane.tail(fanout.name, before)
        except RealtimeError:
            logger.warning("a gap in room %s is not repaired yet: the backplane is away", fanout.name)
            return
        if fanout.position != before:
            return
        if missed is None:
            fanout.replace(position)
        elif missed:
            self.on_events(fanout.name, position.epoch, before.seq + 1, [Event("repaired", each) for each in missed])

    def _reached(self, room: str | None, target: Target) -> Iterable[Consumer]:
        if target.user_id is not None:
            consumers = self._users.get(target.user_id, ())
            fanout = self._rooms.get(room) if room is not None else None
            return consumers if room is None else [c for c in consumers if fanout and c in fanout.members]
        if room is None or room not in self._rooms:
            return ()
        return self._rooms[room].staff(target.roles)


def position_of(epoch: str | None, seq: int | None) -> Position | None:
    """A position from two optional fields of the wire."""
    return Position(epoch, seq) if epoch is not None and seq is not None else None
