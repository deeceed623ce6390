"""What a room shows of its campaigns when a node takes it up: read from the database, so that a restart loses nothing.

Promise: the snapshot has every campaign that is shown, and what is left of each is told before anybody can join.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveroom.realtime.wire import as_sent
from liveroom.rooms.boards import Boards, Entry
from liveroom.rooms.storage.database import Database
from liveroom.rooms.value.coupons.campaign_documents import CampaignReader, read_tallies, scope_of
from liveroom.rooms.value.coupons.campaign_news import FIELD, STOCK, stock_entry


class RoomCampaigns:
    """See the module."""

    def __init__(self, database: Database, boards: Boards) -> None:
        self._database = database
        self._boards = boards
        self._reader = CampaignReader(database.dialect)

    async def load(self, room: str) -> Mapping[str, Mapping[str, Any]]:
        """The campaigns of a room as in its snapshot, by id.

        Raises:
            DatabaseUnavailable, BackplaneUnavailable: try again.
            DocumentUnreadable: one was written by another version.
        """
        async with self._database.read() as connection:
            shown = await self._reader.list_shown(connection, room)
            counts = await self._reader.count(connection, [scope_of(state.id) for state in shown]) if shown else {}
        entries: dict[str, Entry] = {}
        for state in shown:
            entries |= stock_entry(state, read_tallies(state, counts[scope_of(state.id)]))
        if entries:
            await self._boards.tell(room, STOCK, FIELD, entries)
        return {state.id: as_sent(state.view()) for state in shown}
