"""What this node knows of the stages of its rooms, and tells those of its people whom a change concerns.

Promise: everybody here is told where they are, and the staff who waits, as soon as this node knows it; a join reads the
same memory, so that nobody falls between the two. Bounded: above `KEPT`, stages of rooms that are not open here go.
"""

from __future__ import annotations

from collections.abc import Callable

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.catalogue import Model
from liveroom.realtime.clock import Clock
from liveroom.realtime.hub import Hub
from liveroom.rooms.messages.stage_view import MyStage, PlaceChanged, QueueChanged, StageQueue
from liveroom.rooms.pushing import push_here
from liveroom.rooms.room import STAFF_ROLES
from liveroom.rooms.rules.stage_state import StageState
from liveroom.rooms.rules.stage_view import mine, queue_view

KEPT = 10_000


class StageMemory:
    """See the module.

    Args:
        is_open: whether a room is open on this node.
    """

    def __init__(self, hub: Hub, clock: Clock, is_open: Callable[[str], bool]) -> None:
        self._hub = hub
        self._clock = clock
        self._is_open = is_open
        self._states: dict[str, StageState] = {}

    def find(self, room: str) -> StageState | None:
        """The stage of a room, as far as it is known here."""
        return self._states.get(room)

    def wants(self, room: str, _: str, version: int) -> bool:
        """Whether a version of a room's stage matters here and is not known."""
        known = self._states.get(room)
        return known.version < version if known is not None else self._is_open(room)

    def take(self, _: str, state: StageState) -> None:
        """A state was committed or read; an older one than is known changes nothing."""
        before = self._states.get(state.room)
        if before is not None and before.version >= state.version:
            return
        self._states[state.room] = state
        if len(self._states) > KEPT:
            self._states = {room: each for room, each in self._states.items() if self._is_open(room)}
        self._tell(before, state)

    def _tell(self, before: StageState | None, after: StageState) -> None:
        queue = queue_view(after)
        if before is None or _without_version(queue_view(before)) != _without_version(queue):
            self._push(after.room, Target(roles=STAFF_ROLES), QueueChanged(queue=queue))
        for user_id in _concerned(before, after):
            if not self._hub.connections_of(user_id):
                continue
            now = mine(after, user_id)
            if before is None or _news(mine(before, user_id)) != _news(now):
                self._push(after.room, Target(user_id=user_id), PlaceChanged(stage=now))

    def _push(self, room: str, target: Target, event: Model) -> None:
        push_here(self._hub, self._clock, room, target, event)


def _concerned(before: StageState | None, after: StageState) -> set[str]:
    states = (after,) if before is None else (before, after)
    return {guest.user.id for state in states for guest in state.guests}


def _news(stage: MyStage) -> MyStage:
    """What is worth a push: not that somebody came into the queue behind."""
    return stage.model_copy(update={"version": 1, "waiting": None})


def _without_version(queue: StageQueue) -> StageQueue:
    return queue.model_copy(update={"version": 1})
