"""Lotteries for staff, for the app's servers, for whoever joins, and the proof for everybody."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.wire import as_sent
from liveroom.rooms.boards import Boards, Entry
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages import lottery as messages
from liveroom.rooms.rules.lottery_state import OPEN, LotteryState
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import Documents
from liveroom.rooms.storage.room_documents import Place, RoomDocuments
from liveroom.rooms.value.lotteries.entry_rows import ENTER, read_entries, read_entry
from liveroom.rooms.value.lotteries.lottery_machine import ENTRIES, FIELD, KIND, LOTTERY, count_entries, scope_of, stand
from liveroom.rooms.value.receipts import OwnReceipts

TICKETS_KEPT = 4 * messages.MOST_ENTRIES
"""Tickets of lotteries whose proof was asked for, in memory."""
MOST_READERS = 8
"""Who wait for tickets to be read; above, they are asked to come again."""


class LotteryReport(NamedTuple):
    """A lottery, and how many have entered so far."""

    state: LotteryState
    entered: int


class Lotteries:
    """See the module."""

    def __init__(self, database: Database, documents: Documents, boards: Boards) -> None:
        self._database = database
        self._documents = documents
        self._of_room = RoomDocuments(database)
        self._boards = boards
        self._entries = OwnReceipts(database, ENTER)
        self._tickets: OrderedDict[str, Sequence[str]] = OrderedDict()
        self._reading = asyncio.Lock()
        self._readers = 0

    async def load_shown(self, room: str) -> Mapping[str, Mapping[str, Any]]:
        """The lotteries of a room as in its snapshot, by id; how many have entered is told before anybody can join.

        Raises:
            DatabaseUnavailable, BackplaneUnavailable: try again.
            DocumentUnreadable: one was written by another version.
        """
        states = [read_state(LOTTERY, document) for document in await self._of_room.list_pending(KIND, room)]
        entries: dict[str, Entry] = {}
        for report in await self._count([state for state in states if state.status is OPEN]):
            entries |= stand(*report)
        if entries:
            await self._boards.tell(room, ENTRIES, FIELD, entries)
        return {state.id: as_sent(state.view()) for state in states}

    async def find(self, lottery_id: str) -> LotteryState:
        """One lottery of any room.

        Raises:
            Refusal: `not_found`.
        """
        document = await self._documents.load(KIND, lottery_id)
        if document is None:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no lottery of this id", field="lottery")
        return read_state(LOTTERY, document)

    async def report(self, room: str, lottery_id: str) -> LotteryReport:
        """One lottery of a room.

        Raises:
            Refusal: `not_found`.
        """
        state = await self.find(lottery_id)
        if state.room != room:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no lottery of this id here", field="lottery")
        [report] = await self._count([state])
        return report

    async def list_room(
        self, room: str, after: Place | None, limit: int
    ) -> tuple[Sequence[LotteryReport], Place | None]:
        """Lotteries of a room, those changed last first, and where the next page begins."""
        found, end = await self._of_room.list_page(KIND, room, after, limit)
        return await self._count([read_state(LOTTERY, document) for document in found]), end

    async def tickets(self, state: LotteryState) -> Sequence[str]:
        """All tickets of a lottery that is drawn, in the order of their numbers.

        Raises:
            RealtimeError: `overloaded`, too many ask for lotteries that have to be read first.
        """
        if state.id not in self._tickets:
            await self._read_tickets(state)
        self._tickets.move_to_end(state.id)
        return self._tickets[state.id]

    async def find_entries(self, lottery_ids: Collection[str], user_id: str) -> Mapping[str, messages.Entry]:
        """The entries of a viewer, by lottery."""
        found = await self._entries.find({each: scope_of(each) for each in lottery_ids}, user_id)
        return {each: read_entry(answer) for each, answer in found.items()}

    async def _read_tickets(self, state: LotteryState) -> None:
        if self._readers >= MOST_READERS:
            text = "more proofs are asked for than can be read at once; try again"
            raise RealtimeError(ErrorCode.OVERLOADED, text, retry_after_ms=1_000)
        self._readers += 1
        try:
            async with self._reading:
                if state.id in self._tickets:
                    return
                async with self._database.read() as connection:
                    rows = await read_entries(connection, scope_of(state.id))
                self._tickets[state.id] = tuple(row.entry.ticket for row in rows)
        finally:
            self._readers -= 1
        while sum(map(len, self._tickets.values())) > TICKETS_KEPT:
            self._tickets.popitem(last=False)

    async def _count(self, states: Sequence[LotteryState]) -> Sequence[LotteryReport]:
        async with self._database.read() as connection:
            return [
                LotteryReport(
                    state, await count_entries(connection, state.id) if state.entries is None else state.entries
                )
                for state in states
            ]
