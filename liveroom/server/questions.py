"""Questions to the host on a node: their parts, put together.

Promise: what is asked is in the queue of the staff as soon as it is kept; what is open at the end of a show is left
open by name, for its recap.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Coroutine, Mapping, Sequence

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.hub import REPAIRED
from liveroom.realtime.identity import Identity
from liveroom.realtime.wire import as_fragment
from liveroom.rooms.area import Area, Spoken
from liveroom.rooms.attendance import AUDIENCE
from liveroom.rooms.machines.changes import Changes
from liveroom.rooms.messages.question import MINE_SHOWN, Answerer, QuestionStatus
from liveroom.rooms.messages.room import RoomStatus
from liveroom.rooms.questions.archive import QuestionArchive
from liveroom.rooms.questions.handlers import QuestionHandlers
from liveroom.rooms.questions.intake import Asked, Intake
from liveroom.rooms.questions.machine import QUESTION, lobby_of, show_of
from liveroom.rooms.questions.memory import KEPT, QuestionMemory, staying
from liveroom.rooms.room import STAFF_ROLES, Room
from liveroom.rooms.rules.parts import NO_PARTS, Parts
from liveroom.rooms.rules.question import TABLE, Answer, Command, Deliver, Leave
from liveroom.rooms.rules.question_likeness import read
from liveroom.rooms.rules.question_options import QuestionOptions
from liveroom.rooms.rules.question_state import Asker, QuestionState, mine, shown
from liveroom.rooms.rules.questions import looks_like_question
from liveroom.rooms.rules.snapshot import as_json, find_comment
from liveroom.rooms.rules.text import normalise
from liveroom.rooms.storage.documents import Cause
from liveroom.rooms.storage.endings import DatabaseTasks
from liveroom.server.area_means import AreaMeans

logger = logging.getLogger(__name__)

PAGE = 500
MOST_READ = 5_000
"""Questions of a show that a node reads when it opens the room; the ids say nothing of which are open."""
TURNS = frozenset({"room.opened", "room.went_live", "room.ended", REPAIRED})
"""Events with which other questions may be those of now."""
STAFF = Cause("staff", "question.deliver")
ROOM = Cause("room", "question.leave")


class Questions(Area):
    """See the module."""

    def __init__(self, means: AreaMeans) -> None:
        hub, clock, keeper, storage = means.hub, means.clock, means.keeper, means.storage
        self._means = means
        self._tasks = DatabaseTasks()
        self.archive = QuestionArchive(storage.database, storage.documents)
        self.memory = QuestionMemory(
            hub,
            clock,
            lambda room: means.find_room(room) is not None,
            lambda state: self._order(state, Deliver(), STAFF),
        )
        self.intake = Intake(self.memory, keeper, self.archive.spent, clock, means.metrics.question_missed)
        self.changes = Changes(
            QUESTION,
            keeper,
            hub,
            clock,
            version=lambda state: state.version,
            wants=self.memory.wants,
            take=self.memory.take,
        )
        self.machines = (QUESTION,)
        self.handlers = QuestionHandlers(self.memory, keeper).by_command()

    def commented(self, room: Room, identity: Identity, spoken: Spoken, now_ms: int) -> None:
        """See `Area.commented`. A viewer asks; what the staff reply to a question answers it, unless it asks back."""
        options, plain = room.scene.questions, normalise(spoken.shown)
        if options is None or not plain:
            return
        if identity.role_in(room.id) not in AUDIENCE:
            if spoken.reply_to is not None and not looks_like_question(plain):
                self._hear_answer(room, identity, spoken.reply_to, plain)
        elif looks_like_question(plain):
            self._hear_question(room, identity, options, plain, now_ms)

    def _hear_question(self, room: Room, identity: Identity, options: QuestionOptions, plain: str, now_ms: int) -> None:
        known = room.traits_of(identity)
        asker = Asker(known.person(), now_ms, known.level, known.member, known.bought)
        show, lobby = show_of(room.document), lobby_of(room.document)
        self.intake.note(Asked(room.id, show, plain, options, asker, lobby))

    def _hear_answer(self, room: Room, identity: Identity, comment_id: str, plain: str) -> None:
        asked = find_comment(room.snapshot, comment_id)
        if asked is None:
            return
        shows = (show_of(room.document), lobby_of(room.document))
        question = self.memory.find_same(room.id, read(normalise(asked["text"])), shows)
        state = self.memory.find(room.id, question) if question is not None else None
        if state is not None and (state.status, Answer) in TABLE:
            by = Answerer(user=room.traits_of(identity).person(), role=identity.role_in(room.id))
            self._order(state, Answer(by, plain), Cause(identity.user_id, "comment.send"))

    async def load_parts(self, room: str) -> Parts:
        """See `Area.load_parts`."""
        document = await self._means.storage.rooms.load(room)
        if document is None or document.status is RoomStatus.ENDED:
            return NO_PARTS
        shows = {lobby_of(document), show_of(document)}
        self.memory.drop_others(room, shows)
        states = sorted([state for show in shows for state in await self._read(room, show)], key=staying)[-KEPT:]
        for state in states:
            self.memory.take(state.id, state)
        answering = [state for state in states if state.status is QuestionStatus.ANSWERING]
        return {"questions": {state.id: as_json(shown(state)) for state in answering}} if answering else NO_PARTS

    async def _read(self, room: str, show: str) -> Sequence[QuestionState]:
        read: list[QuestionState] = []
        while len(read) < MOST_READ:
            page = await self.archive.page(room, show, read[-1].id if read else None, PAGE)
            read += page
            if len(page) < PAGE:
                break
        return read

    def mine(self, room: Room, identity: Identity) -> Mapping[str, object]:
        """See `Area.mine`. The staff have in hand now what waited for them."""
        fields: dict[str, object] = {}
        own = self.memory.asked_by(room.id, identity.user_id)
        if own:
            fields["questions"] = [as_fragment(mine(state)) for state in own[:MINE_SHOWN]]
        if identity.role_in(room.id) in STAFF_ROLES:
            queue = self.memory.queue(room.id)
            if queue.open:
                fields["question_queue"] = as_fragment(queue)
            for state in self.memory.open_in(room.id):
                if state.status is QuestionStatus.ASKED:
                    self._order(state, Deliver(), STAFF)
        return fields

    async def start(self) -> None:
        """See `Area.start`."""
        self._means.hub.observe(self._observe)

    async def stop(self) -> None:
        """See `Area.stop`."""
        await self.intake.stop()
        await self._tasks.end()
        await self.changes.stop()

    async def settle(self) -> None:
        """Wait until what is under way is done."""
        await self.intake.settle()
        await self._tasks.settle()
        await self.changes.settle()

    def _observe(self, room: str, events: Sequence[Event]) -> None:
        if any(event.kind in TURNS for event in events) and self.memory.knows(room):
            self._spawn(self._turn(room))

    async def _turn(self, room: str) -> None:
        """Leave open what no show will answer any more, and forget what a past one was asked."""
        document = await self._means.storage.rooms.load(room)
        if document is None:
            return
        shows: Collection[str] = (lobby_of(document), show_of(document))
        is_over = document.status is RoomStatus.ENDED
        if is_over:
            await self.intake.settle_room(room)
        for state in self.memory.open_in(room):
            if is_over or state.show_id not in shows:
                await self._carry_out(state, Leave(), ROOM)
        if not is_over:
            self.memory.drop_others(room, shows)

    def _order(self, state: QuestionState, command: Command, cause: Cause) -> None:
        self._spawn(self._carry_out(state, command, cause))

    async def _carry_out(self, state: QuestionState, command: Command, cause: Cause) -> None:
        await self._means.keeper.carry_out(QUESTION, state.id, command, cause)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        self._tasks.start(self._do(work))

    async def _do(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except RealtimeError as error:
            # What is open expires by the clock; what was not delivered is, with the next join of the staff.
            logger.warning("a question was not carried on: %s", error)
