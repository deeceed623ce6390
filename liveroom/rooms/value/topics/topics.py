"""Topics for staff and for whoever opens a room: what is shown, and what has come together so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import as_sent
from liveroom.rooms.boards import Boards, Entry
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages.topic import TopicTally
from liveroom.rooms.rules import topic
from liveroom.rooms.rules.topic_state import OPEN, TopicState
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Documents
from liveroom.rooms.storage.room_documents import Place, RoomDocuments
from liveroom.rooms.value.polls.poll_machine import count_scope
from liveroom.rooms.value.topics.topic_machine import FIELD, KIND, STANDS, TOPIC, scope_of, stand


class TopicReport(NamedTuple):
    """A topic and what has come together under it so far."""

    state: TopicState
    tally: TopicTally


class Topics:
    """See the module."""

    def __init__(self, database: Database, documents: Documents, boards: Boards, clock: Clock) -> None:
        self._database = database
        self._documents = documents
        self._of_room = RoomDocuments(database)
        self._boards = boards
        self._clock = clock

    async def load_shown(self, room: str) -> Mapping[str, Mapping[str, Any]]:
        """The topics of a room as in its snapshot, by id; how open ones stand is told before anybody can join.

        Raises:
            DatabaseUnavailable, BackplaneUnavailable: try again.
            DocumentUnreadable: one was written by another version.
        """
        states = [read_state(TOPIC, document) for document in await self._of_room.list_pending(KIND, room)]
        entries: dict[str, Entry] = {}
        for report in await self._count([state for state in states if state.status is OPEN]):
            entries |= stand(*report)
        if entries:
            await self._boards.tell(room, STANDS, FIELD, entries)
        return {state.id: as_sent(state.view()) for state in states}

    async def report(self, room: str, topic_id: str) -> TopicReport:
        """One topic of a room.

        Raises:
            Refusal: `not_found`.
        """
        document = await self._documents.load(KIND, topic_id)
        if document is None or document.room != room:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no topic of this id here", field="topic")
        [report] = await self._count([read_state(TOPIC, document)])
        return report

    async def list_room(self, room: str, after: Place | None, limit: int) -> tuple[Sequence[TopicReport], Place | None]:
        """Topics of a room, those changed last first, and where the next page begins."""
        found, end = await self._of_room.list_page(KIND, room, after, limit)
        return await self._count([read_state(TOPIC, document) for document in found]), end

    async def _count(self, states: Sequence[TopicState]) -> Sequence[TopicReport]:
        reports = []
        now_ms = self._clock.now_ms()
        async with self._database.read() as connection:
            for state in states:
                tally = state.summary
                if tally is None:
                    tally = topic.read_tally(state, await count_scope(connection, scope_of(state.id)), (), now_ms)
                reports.append(TopicReport(state, tally))
        return reports
