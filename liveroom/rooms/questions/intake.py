"""Takes up what people ask: recognises it, finds out who asks, and merges it into the questions of the room.

Promise: a comment never waits for this. What comes while a commit is under way goes into the next one together, so that
the same question from many is one change. At most `PENDING` wait; above, a question stays a comment like others and is
counted. What cannot be kept is tried again for `TRIES` times, then it is left with a line in the log. One person alone
has at most `OF_ONE` open questions.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from liveroom.realtime.clock import Clock
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages.question import QuestionStatus
from liveroom.rooms.questions.machine import QUESTION, question_id
from liveroom.rooms.questions.memory import QuestionMemory
from liveroom.rooms.rules.question import Ask, Begin, Leave
from liveroom.rooms.rules.question_likeness import Likeness, read
from liveroom.rooms.rules.question_options import QuestionOptions
from liveroom.rooms.rules.question_state import Asker, priority
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.endings import let_end

logger = logging.getLogger(__name__)

PENDING = 5_000
OF_ONE = 3
"""Open questions that one person asks and nobody else."""
TRIES = 20
AGAIN_S = 0.5
ASKING = Cause("audience", "question.ask")
CROWDED = Cause("clock", "question.crowded")

Spent = Callable[[str, Sequence[str]], Awaitable[Mapping[str, int]]]
"""What some people have spent in a room, in minor units."""


class Asked(NamedTuple):
    """A question that somebody has just asked; `lobby`: what belongs to the time before the show, see `lobby_of`."""

    room: str
    show_id: str
    text: str
    options: QuestionOptions
    asker: Asker
    lobby: str = ""


class Intake:
    """See the module.

    Args:
        missed: hears of each question that was not taken up.
    """

    def __init__(
        self, memory: QuestionMemory, keeper: Keeper, spent: Spent, clock: Clock, missed: Callable[[], None]
    ) -> None:
        self._memory = memory
        self._keeper = keeper
        self._spent = spent
        self._clock = clock
        self._missed = missed
        self._waiting: dict[str, list[Asked]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._pending = 0
        self._is_stopping = False

    def note(self, asked: Asked) -> None:
        """Take a question up; returns at once."""
        if self._is_stopping or self._pending >= PENDING:
            self._missed()
            return
        self._pending += 1
        self._waiting.setdefault(asked.room, []).append(asked)
        if asked.room not in self._workers:
            self._workers[asked.room] = asyncio.ensure_future(self._work(asked.room))

    async def settle(self) -> None:
        """Wait until everything that was asked is kept."""
        while self._workers:
            await asyncio.wait(list(self._workers.values()))

    async def settle_room(self, room: str) -> None:
        """Wait until what was asked in a room is kept; of others, which may never be silent, nothing."""
        while (worker := self._workers.get(room)) is not None:
            await asyncio.wait([worker])

    async def stop(self) -> None:
        """Take up nothing more; what has not been kept is lost, as comments it stays."""
        self._is_stopping = True
        self._waiting.clear()
        await let_end(self._workers.values())

    async def _work(self, room: str) -> None:
        try:
            while batch := self._waiting.pop(room, None):
                try:
                    await self._keep_all(room, batch)
                except Exception:
                    logger.exception("questions of room %s could not be kept", room)
                finally:
                    self._pending -= len(batch)
        finally:
            # At once, not when the task is seen to be done: what is asked from here on starts another.
            del self._workers[room]

    async def _keep_all(self, room: str, batch: Sequence[Asked]) -> None:
        spent = await self._read_spent(room, batch)
        groups: list[tuple[Likeness, list[Asked]]] = []
        for asked in batch:
            total = spent.get(asked.asker.user.id, 0)
            _add(groups, asked._replace(asker=replace(asked.asker, bought=True, spent=total)) if total else asked)
        for likeness, same in groups:
            await self._keep(room, likeness, same)

    async def _read_spent(self, room: str, batch: Sequence[Asked]) -> Mapping[str, int]:
        try:
            return await self._spent(room, [asked.asker.user.id for asked in batch])
        except RealtimeError:
            # It only makes a question come sooner.
            return {}

    async def _keep(self, room: str, likeness: Likeness, same: Sequence[Asked]) -> None:
        for _ in range(TRIES):
            try:
                await self._commit(room, likeness, same)
                return
            except RealtimeError as error:
                if not error.retryable:
                    logger.warning("a question of room %s was refused: %s", room, error)
                    return
            if self._is_stopping:
                break
            waited = asyncio.Event()
            self._clock.call_later(AGAIN_S, waited.set)
            await waited.wait()
        logger.warning("a question of room %s was not kept, the database is away", room)

    async def _commit(self, room: str, likeness: Likeness, same: Sequence[Asked]) -> None:
        first, askers = same[0], tuple(asked.asker for asked in same)
        delivered = self._memory.has_staff(room)
        known = self._memory.find_same(room, likeness, (first.show_id, first.lobby))
        if known is None:
            id_ = question_id(first.show_id, likeness)
            begin = Begin(id_, room, first.show_id, first.text, first.options, askers, delivered)
            try:
                await self._keeper.create(QUESTION, id_, begin, ASKING)
                await self._hold_back(room, first.asker.user.id)
                await self._make_room(room, first.options)
                return
            except Refusal as raced:
                if raced.facts.get("state") != "exists":
                    raise
                known = id_
        await self._keeper.carry_out(QUESTION, known, Ask(askers, delivered), ASKING)
        await self._hold_back(room, first.asker.user.id)

    async def _hold_back(self, room: str, user_id: str) -> None:
        """Let the oldest go of what somebody alone asks, above `OF_ONE`; else one could push all others out."""
        asked = [each for each in self._memory.asked_by(room, user_id) if each.is_open and each.count == 1]
        for state in asked[OF_ONE:]:
            if state.status in (QuestionStatus.ASKED, QuestionStatus.DELIVERED):
                await self._keeper.carry_out(QUESTION, state.id, Leave(), CROWDED)

    async def _make_room(self, room: str, options: QuestionOptions) -> None:
        """Let the least urgent go where there are more than can be open; not what is being answered."""
        open_ones = self._memory.open_in(room)
        too_many = max(0, len(open_ones) - options.most)
        waiting = [each for each in open_ones if each.status is not QuestionStatus.ANSWERING]
        for state in sorted(waiting, key=lambda each: (priority(each), each.asked_ms, each.id))[:too_many]:
            await self._keeper.carry_out(QUESTION, state.id, Leave(), CROWDED)


def _add(groups: list[tuple[Likeness, list[Asked]]], asked: Asked) -> None:
    likeness = read(asked.text)
    for other, same in groups:
        if other.key == likeness.key and same[0].show_id == asked.show_id:
            same.append(asked)
            return
    groups.append((likeness, [asked]))
