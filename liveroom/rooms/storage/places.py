"""Places in a room: how many documents of a kind it has at the same time, at most.

Promise: counted in the transaction that takes one, and one after the other, so that those who come in the same moment,
to whichever node, never take more than there are.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import Refusal
from liveroom.rooms.storage.portable import dialect_of, lock_scopes
from liveroom.rooms.storage.tables import documents


class Places(NamedTuple):
    """See the module.

    Args:
        statuses: of those that take a place.
        refusal: of one too many.
        is_timed: the clock has something to say about all that take a place; so those that are over are not looked at.
    """

    kind: str
    room: str
    statuses: Collection[str]
    most: int
    refusal: Refusal
    is_timed: bool = True

    async def require(self, connection: AsyncConnection, coming: int = 0) -> None:
        """Check that there are not too many, and let nobody else take a place until this transaction ends.

        Args:
            coming: how many this transaction will add to those that it has written.

        Raises:
            Refusal: as given; the transaction is to be given up.
        """
        await lock_scopes(connection, [f"places\n{self.kind}\n{self.room}"], dialect_of(connection))
        values = {"kind_is": self.kind, "room_is": self.room, "statuses": list(self.statuses)}
        taken = await connection.scalar(_COUNT_TIMED if self.is_timed else _COUNT, values) or 0
        if taken + coming > self.most:
            raise self.refusal


_COUNT = (
    select(func.count())
    .select_from(documents)
    .where(
        documents.c.room == bindparam("room_is"),
        documents.c.kind == bindparam("kind_is"),
        documents.c.state["status"].as_string().in_(bindparam("statuses", expanding=True)),
    )
)
_COUNT_TIMED = _COUNT.where(documents.c.due_at_ms.is_not(None))
