"""Reads what is on the shelf of a room in one statement.

Promise: hidden and removed products are given too, so who shows them leaves out what is not theirs to show.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from liveroom.rooms.machines import read_state
from liveroom.rooms.rules.product_state import ProductState
from liveroom.rooms.shelf.machines import PRODUCT
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.documents import DOCUMENT_COLUMNS, read_document
from liveroom.rooms.storage.tables import documents


async def list_products(database: Database, room: str) -> Sequence[ProductState]:
    """All products of a room, by id.

    Raises:
        DatabaseUnavailable, DocumentUnreadable: they cannot be read.
    """
    async with database.read() as connection:
        rows = await connection.execute(_OF_ROOM, {"room_is": room, "kind_is": PRODUCT.kind})
        return [read_state(PRODUCT, read_document(row)) for row in rows]


_OF_ROOM = (
    select(*DOCUMENT_COLUMNS)
    .where(documents.c.room == bindparam("room_is"), documents.c.kind == bindparam("kind_is"))
    .order_by(documents.c.id)
)
