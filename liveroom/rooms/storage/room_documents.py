"""Documents of one kind in a room: those in which something is still due, and all of them, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import bindparam, select

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import DOCUMENT_COLUMNS, Document, read_document
from liveroom.rooms.storage.tables import documents

LARGEST = 2**63 - 1


class Place(NamedTuple):
    """Where a page has ended."""

    updated_at_ms: int
    id: str


class RoomDocuments:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_pending(self, kind: str, room: str) -> Sequence[Document]:
        """Those in which the clock has still something to say, by id."""
        async with self._database.read() as connection:
            rows = await connection.execute(_PENDING, {"kind_is": kind, "room_is": room})
            # Sorted here: for the sake of the order, SQLite would look through all documents of the kind.
            return sorted((read_document(row) for row in rows), key=lambda document: document.id)

    async def list_page(
        self, kind: str, room: str, after: Place | None, limit: int
    ) -> tuple[Sequence[Document], Place | None]:
        """Those changed last first, after a place; and where the page has ended, when there may be more."""
        at_ms, id_ = after or Place(LARGEST, "")
        values = {"kind_is": kind, "room_is": room, "at": at_ms, "after": id_, "most": limit}
        async with self._database.read() as connection:
            found = [read_document(row) for row in await connection.execute(_PAGE, values)]
        return found, Place(found[-1].updated_at_ms, found[-1].id) if len(found) == limit else None


_of_room = (documents.c.room == bindparam("room_is")) & (documents.c.kind == bindparam("kind_is"))
_PENDING = select(*DOCUMENT_COLUMNS).where(_of_room, documents.c.due_at_ms.is_not(None))
_at_ms = documents.c.updated_at_ms
# Said twice, since databases begin to read an index at the bound alone.
_is_after = (_at_ms <= bindparam("at")) & ((_at_ms < bindparam("at")) | (documents.c.id > bindparam("after")))
_PAGE = (
    select(*DOCUMENT_COLUMNS)
    .where(_of_room, _is_after)
    .order_by(_at_ms.desc(), documents.c.id)
    .limit(bindparam("most"))
)
