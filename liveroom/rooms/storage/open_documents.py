"""Documents of a room that are still open: the clock has something to say about them, or their status says so."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import DOCUMENT_COLUMNS, Document, read_document
from liveroom.rooms.storage.tables import documents


class OpenDocuments:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, kind: str, room: str) -> int:
        """How many of a kind a room has."""
        async with self._database.read() as connection:
            return await connection.scalar(_COUNT, {"kind_is": kind, "room_is": room}) or 0

    async def list(self, kind: str, room: str, limit: int) -> Sequence[Document]:
        """Those of a kind and a room, the one that is due first first."""
        values = {"kind_is": kind, "room_is": room, "most": limit}
        async with self._database.read() as connection:
            return [read_document(row) for row in await connection.execute(_LIST, values)]

    async def of_room(self, kind: str, room: str, status: str, limit: int) -> Sequence[Document]:
        """Those of a kind and a room whose state has this `status`, the one that was changed last first."""
        values = {"kind_is": kind, "room_is": room, "status_is": status, "most": limit}
        async with self._database.read() as connection:
            return [read_document(row) for row in await connection.execute(_IN_STATUS, values)]


_of_room = (documents.c.kind == bindparam("kind_is")) & (documents.c.room == bindparam("room_is"))
_open = _of_room & documents.c.due_at_ms.is_not(None)
_COUNT = select(func.count()).select_from(documents).where(_open)
_LIST = select(*DOCUMENT_COLUMNS).where(_open).order_by(documents.c.due_at_ms).limit(bindparam("most"))
_IN_STATUS = (
    select(*DOCUMENT_COLUMNS)
    .where(_of_room, documents.c.state["status"].as_string() == bindparam("status_is"))
    .order_by(documents.c.updated_at_ms.desc())
    .limit(bindparam("most"))
)
