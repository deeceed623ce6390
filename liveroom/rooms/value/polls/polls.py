"""Polls for staff, for the app's servers and for whoever joins: what is shown, how it stands, whose vote is whose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import as_sent
from liveroom.rooms.boards import Boards, Entry
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages.poll import Tally
from liveroom.rooms.rules import poll
from liveroom.rooms.rules.poll_state import OPEN, PollState
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Documents
from liveroom.rooms.storage.room_documents import Place, RoomDocuments
from liveroom.rooms.value.polls.poll_machine import FIELD, KIND, POLL, VOTES, count_scope, scope_of, stand
from liveroom.rooms.value.polls.vote_decider import VOTE, read_choices
from liveroom.rooms.value.receipts import OwnReceipts


class PollReport(NamedTuple):
    """A poll and all votes taken so far."""

    state: PollState
    tally: Tally


class Polls:
    """See the module."""

    def __init__(self, database: Database, documents: Documents, boards: Boards) -> None:
        self._database = database
        self._documents = documents
        self._of_room = RoomDocuments(database)
        self._boards = boards
        self._votes = OwnReceipts(database, VOTE)

    async def load_shown(self, room: str) -> Mapping[str, Mapping[str, Any]]:
        """The polls of a room as in its snapshot, by id; how the open ones stand is told before anybody can join.

        Raises:
            DatabaseUnavailable, BackplaneUnavailable: try again.
            DocumentUnreadable: one was written by another version.
        """
        states = [read_state(POLL, document) for document in await self._of_room.list_pending(KIND, room)]
        entries: dict[str, Entry] = {}
        for report in await self._count([state for state in states if state.status is OPEN]):
            entries |= stand(*report)
        if entries:
            await self._boards.tell(room, VOTES, FIELD, entries)
        return {state.id: as_sent(state.view()) for state in states}

    async def report(self, room: str, poll_id: str) -> PollReport:
        """One poll of a room.

        Raises:
            Refusal: `not_found`.
        """
        document = await self._documents.load(KIND, poll_id)
        if document is None or document.room != room:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no poll of this id here", field="poll")
        [report] = await self._count([read_state(POLL, document)])
        return report

    async def list_room(self, room: str, after: Place | None, limit: int) -> tuple[Sequence[PollReport], Place | None]:
        """Polls of a room, those changed last first, and where the next page begins."""
        found, end = await self._of_room.list_page(KIND, room, after, limit)
        return await self._count([read_state(POLL, document) for document in found]), end

    async def find_votes(self, poll_ids: Collection[str], user_id: str) -> Mapping[str, Sequence[str]]:
        """The votes of a viewer, by poll."""
        found = await self._votes.find({each: scope_of(each) for each in poll_ids}, user_id)
        return {each: read_choices(answer) for each, answer in found.items()}

    async def _count(self, states: Sequence[PollState]) -> Sequence[PollReport]:
        reports = []
        async with self._database.read() as connection:
            for state in states:
                counted = state.result or poll.read_votes(state, await count_scope(connection, scope_of(state.id)))
                reports.append(PollReport(state, counted))
        return reports
