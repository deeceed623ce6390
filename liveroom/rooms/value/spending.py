"""What viewers have spent in a room (orders and gifts count it), for audience rules that ask for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.storage.portable import DialectName, among_pairs, pairs_parameter
from liveroom.rooms.storage.tables import counters

Who = tuple[str, str]
"""Room and user id."""


class Spending:
    """See the module."""

    def __init__(self, dialect: DialectName) -> None:
        self._dialect = dialect
        self._sums = select(counters).where(among_pairs((counters.c.scope, counters.c.name), "pairs", dialect))

    async def load(self, connection: AsyncConnection, who: Collection[Who]) -> Mapping[Who, int]:
        """Sums in minor units; who has spent nothing is absent."""
        if not who:
            return {}
        pairs = {(f"spent:{room}", user_id): (room, user_id) for room, user_id in who}
        rows = await connection.execute(self._sums, pairs_parameter("pairs", list(pairs), self._dialect))
        return {pairs[(scope, name)]: value for scope, name, value in rows}
