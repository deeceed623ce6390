"""The questions of the rooms of this node, compared with what is asked, and told to those whom a change concerns.

Promise: a join reads the same memory as the pushes are made from. Bounded: `KEPT` questions of a room, of which those
that are settled go first, and the rooms that are open here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.catalogue import Model
from liveroom.realtime.clock import Clock
from liveroom.realtime.hub import Hub
from liveroom.rooms.messages.question import (
    QUEUE_SHOWN,
    QuestionChanged,
    QuestionProgressed,
    QuestionQueue,
    QuestionStatus,
)
from liveroom.rooms.pushing import push_here
from liveroom.rooms.room import STAFF_ROLES
from liveroom.rooms.rules.question_likeness import Likeness, is_same, read
from liveroom.rooms.rules.question_state import Asker, QuestionState, mine, order, view

KEPT = 1_000
ROOMS = 10_000


@dataclass(slots=True)
class _Room:
    """Questions and what they are compared by, by id; `asked`: the ids by user, who is looked up with every join."""

    states: dict[str, QuestionState] = field(default_factory=dict)
    likenesses: dict[str, Likeness] = field(default_factory=dict)
    asked: dict[str, set[str]] = field(default_factory=dict)

    def put(self, state: QuestionState) -> None:
        before = self.states.get(state.id)
        self.states[state.id] = state
        if before is None:
            self.likenesses[state.id] = read(state.text)
        for asker in _new_askers(before, state):
            self.asked.setdefault(asker.user.id, set()).add(state.id)

    def drop(self, state: QuestionState) -> None:
        del self.states[state.id], self.likenesses[state.id]
        for asker in state.askers:
            ids = self.asked[asker.user.id]
            ids.discard(state.id)
            if not ids:
                del self.asked[asker.user.id]


class QuestionMemory:
    """See the module.

    Args:
        is_open: whether a room is open on this node.
        undelivered: called with a question that waits for the staff while somebody of them is here.
    """

    def __init__(
        self, hub: Hub, clock: Clock, is_open: Callable[[str], bool], undelivered: Callable[[QuestionState], None]
    ) -> None:
        self._hub = hub
        self._clock = clock
        self._is_open = is_open
        self._undelivered = undelivered
        self._rooms: dict[str, _Room] = {}

    def find(self, room: str, question: str) -> QuestionState | None:
        """A question, as far as it is known here."""
        known = self._rooms.get(room)
        return known.states.get(question) if known is not None else None

    def find_same(self, room: str, asked: Likeness, shows: Collection[str]) -> str | None:
        """The question of some shows of the room that asks the same; None: it is new."""
        known = self._rooms.get(room)
        if known is None:
            return None
        same = (id_ for id_, other in known.likenesses.items() if is_same(asked, other))
        return next((id_ for id_ in same if known.states[id_].show_id in shows), None)

    def drop_others(self, room: str, shows: Collection[str]) -> None:
        """Forget the questions of a room that belong to other shows than these."""
        known = self._rooms.get(room)
        for state in list(known.states.values()) if known is not None else ():
            if known is not None and state.show_id not in shows:
                known.drop(state)

    def knows(self, room: str) -> bool:
        """Whether there are questions of a room."""
        known = self._rooms.get(room)
        return known is not None and bool(known.states)

    def open_in(self, room: str) -> list[QuestionState]:
        """Open questions, those to be answered first, first."""
        known = self._rooms.get(room)
        return sorted((state for state in known.states.values() if state.is_open), key=order) if known else []

    def queue(self, room: str) -> QuestionQueue:
        """What the staff see."""
        waiting = self.open_in(room)
        return QuestionQueue(questions=tuple(view(state) for state in waiting[:QUEUE_SHOWN]), open=len(waiting))

    def count(self, room: str, show: str) -> tuple[int, int]:
        """Questions of a show that are known here, and how many of them are open."""
        known = self._rooms.get(room)
        states = [each for each in known.states.values() if each.show_id == show] if known is not None else []
        return len(states), sum(each.is_open for each in states)

    def asked_by(self, room: str, user_id: str) -> list[QuestionState]:
        """Questions of somebody, newest first."""
        known = self._rooms.get(room)
        if known is None:
            return []
        states = [known.states[id_] for id_ in known.asked.get(user_id, ())]
        return sorted(states, key=lambda each: (-each.asked_ms, each.id))

    def has_staff(self, room: str) -> bool:
        """Whether somebody of the staff is connected to the room here."""
        fanout = self._hub.get(room)
        return fanout is not None and bool(fanout.staff(STAFF_ROLES))

    def wants(self, room: str, question: str, version: int) -> bool:
        """Whether a version of a question matters here and is not known."""
        known = self.find(room, question)
        return known.version < version if known is not None else self._is_open(room)

    def take(self, question: str, state: QuestionState) -> None:
        """A state was committed or read; an older one than is known changes nothing."""
        before = self.find(state.room, question)
        if before is not None and before.version >= state.version:
            return
        room = self._rooms.setdefault(state.room, _Room())
        room.put(state)
        self._prune(room)
        self._tell(before, state)

    def _prune(self, room: _Room) -> None:
        if len(room.states) > KEPT:
            room.drop(min(room.states.values(), key=staying))
        if len(self._rooms) > ROOMS:
            self._rooms = {name: each for name, each in self._rooms.items() if self._is_open(name)}

    def _tell(self, before: QuestionState | None, after: QuestionState) -> None:
        self._push(after.room, Target(roles=STAFF_ROLES), QuestionChanged(question=view(after)))
        for user_id in _concerned(before, after):
            if self._hub.connections_of(user_id):
                self._push(after.room, Target(user_id=user_id), QuestionProgressed(question=mine(after)))
        if after.status is QuestionStatus.ASKED and self.has_staff(after.room):
            self._undelivered(after)

    def _push(self, room: str, target: Target, event: Model) -> None:
        push_here(self._hub, self._clock, room, target, event)


def staying(state: QuestionState) -> tuple[bool, int]:
    """Sorts questions: those that are forgotten first, first."""
    return (state.is_open, state.asked_ms)


def _concerned(before: QuestionState | None, after: QuestionState) -> Iterable[str]:
    """Everybody who asked, when it has come on; else who has just asked."""
    if before is None or before.status is not after.status or before.by != after.by:
        return [asker.user.id for asker in after.askers]
    return [asker.user.id for asker in _new_askers(before, after)]


def _new_askers(before: QuestionState | None, after: QuestionState) -> Sequence[Asker]:
    """Who has asked since; nobody who has asked is ever taken away."""
    return after.askers[len(before.askers) :] if before is not None else after.askers
