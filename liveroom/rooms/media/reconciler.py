"""Brings the engine into line with what rooms show: who may send, and which rooms are linked.

Promise: after each change of a room the engine is told exactly what differs, in one order for each room; what it could
not be told is told again. Rooms in which nobody has a ticket cost nothing; with a show all its connections end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from liveroom.realtime.media.base import MediaEngine
from liveroom.realtime.media.errors import MediaError
from liveroom.realtime.media.events import Kinds
from liveroom.rooms.room import Room
from liveroom.rooms.rules.lifecycle import ENDED
from liveroom.rooms.rules.media_rights import NONE, Rights, derive

logger = logging.getLogger(__name__)

AGAIN_S = 0.5
LONGEST_PAUSE_S = 2.0
"""Every room asks for itself, and an engine that comes back is not to be met by all of them at the same time."""
ROOMS = 1_000
"""From so many on, rooms that are closed are forgotten now and then."""


class Reconciler:
    """See the module.

    Args:
        find_room: a room that is open on this node.
        changed: hears what somebody may send from now on.
    """

    def __init__(
        self,
        engine: MediaEngine,
        find_room: Callable[[str], Room | None],
        changed: Callable[[str, str, Kinds], None],
    ) -> None:
        self._engine = engine
        self._find_room = find_room
        self._changed = changed
        self._told: dict[str, Rights] = {}
        self._dirty: set[str] = set()
        self._fresh: set[str] = set()
        self._most = ROOMS
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def rights_of(self, room: Room) -> Rights:
        """What a room shows now."""
        is_over = room.document.status is ENDED
        return derive(room.id, room.document.host.id, room.snapshot.parts, is_over=is_over)

    def take_up(self, room: str) -> None:
        """Somebody has a ticket in a room: its rights matter from now on."""
        if room not in self._told:
            if len(self._told) >= self._most:
                self._drop_closed()
            self._told[room] = NONE
            self._fresh.add(room)
        self.note_change(room)

    def _drop_closed(self) -> None:
        """Rooms that are not open here any more are taken up anew when they are; see `MediaEngine.resume`."""
        for room in [each for each in self._told if self._find_room(each) is None and each not in self._tasks]:
            self._drop(room)
        self._most = max(ROOMS, 2 * len(self._told))

    def begin_anew(self) -> None:
        """The engine has forgotten everything."""
        for room in self._told:
            self._told[room] = NONE
            self._fresh.add(room)
            self.note_change(room)

    def note_change(self, room: str) -> None:
        """Something that a room shows may have changed."""
        if room not in self._told:
            return
        self._dirty.add(room)
        self._wake(room)

    def _wake(self, room: str) -> None:
        if room not in self._tasks:
            task = asyncio.ensure_future(self._bring(room))
            self._tasks[room] = task
            task.add_done_callback(lambda done: self._rest(room, done))

    def _rest(self, room: str, task: asyncio.Task[None]) -> None:
        del self._tasks[room]
        if not task.cancelled() and room in self._dirty:
            self._wake(room)  # it changed after the last look and before the end

    def forget(self, room: str, user_id: str) -> None:
        """The engine has forgotten somebody's rights; those there are will be told again."""
        told = self._told.get(room)
        if told is not None:
            self._told[room] = Rights(_without(told, user_id), told.links)
            self.note_change(room)

    async def settle(self) -> None:
        """Wait until the engine was told everything."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Tell nothing more."""
        for task in self._tasks.values():
            task.cancel()
        await self.settle()

    async def _bring(self, name: str) -> None:
        pause_s = AGAIN_S
        while name in self._dirty:
            self._dirty.discard(name)
            room = self._find_room(name)
            if room is None:
                continue
            try:
                await self._tell(name, self.rights_of(room))
                await self._finish(room)
            except MediaError as error:
                if not error.retryable:
                    logger.warning("the media engine refused the rights of room %s: %s", name, error.message)
                    continue
                self._dirty.add(name)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _finish(self, room: Room) -> None:
        """Rights are told: take up a room that is new to the engine, or close one whose show is over."""
        if room.document.status is ENDED:
            await self._engine.close_room(room.id)
            self._told[room.id] = NONE
            self._fresh.add(room.id)
            if room.id not in self._dirty:
                self._drop(room.id)
        elif room.id in self._fresh:
            await self._engine.resume(room.id, self._told[room.id].seats)
            self._fresh.discard(room.id)

    def _drop(self, room: str) -> None:
        del self._told[room]
        self._fresh.discard(room)

    async def _tell(self, room: str, wanted: Rights) -> None:
        told = self._told.get(room, NONE)
        for user_id in told.seats.keys() - wanted.seats.keys():
            await self._engine.revoke(room, user_id)
            self._note(room, user_id, None)
        for user_id, seat in wanted.seats.items():
            if told.seats.get(user_id) != seat:
                await self._engine.grant(room, user_id, *seat)
                self._note(room, user_id, seat)
        for other in told.links - wanted.links:
            await self._engine.unlink(room, other)
        for other in wanted.links - told.links:
            self.take_up(other)
            await self._engine.link(room, other)
        self._told[room] = Rights(self._told[room].seats, wanted.links)

    def _note(self, room: str, user_id: str, seat: tuple[int, Kinds] | None) -> None:
        """What was told stands, beside what has been forgotten meanwhile."""
        told = self._told[room]
        seats = _without(told, user_id)
        if seat is not None:
            seats[user_id] = seat
        self._told[room] = Rights(seats, told.links)
        self._changed(room, user_id, seat[1] if seat is not None else frozenset())

    @property
    def told(self) -> Mapping[str, Rights]:
        """What the engine was told, by room."""
        return self._told


def _without(told: Rights, user_id: str) -> dict[str, tuple[int, Kinds]]:
    return {each: seat for each, seat in told.seats.items() if each != user_id}
