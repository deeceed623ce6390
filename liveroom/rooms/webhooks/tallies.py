"""How many deliveries of each endpoint wait or are dead, and since when.

Promise: counted from an index, endpoint by endpoint; what is delivered is not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnClause, ScalarSelect, func, literal_column, select

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.tables import webhook_deliveries, webhook_endpoints
from liveroom.rooms.webhooks.deliveries import PENDING


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one endpoint; `oldest_at_ms`: epoch ms of the oldest event that waits, None when none does."""

    endpoint: str
    pending: int
    dead: int
    oldest_at_ms: int | None


class Tallies:
    """See the module."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self) -> Sequence[Tally]:
        """One for each endpoint, deleted ones too as long as their deliveries are there."""
        async with self._database.read() as connection:
            return [Tally(*row) for row in await connection.execute(_TALLIES)]


_d = webhook_deliveries.c
_dead: ColumnClause[str] = literal_column("'dead'")


def _count(state: ColumnClause[str]) -> ScalarSelect[int]:
    counted = select(func.count()).select_from(webhook_deliveries)
    return counted.where(_d.endpoint == webhook_endpoints.c.id, _d.state == state).scalar_subquery()


_oldest = (
    select(_d.created_at_ms)
    .where(_d.endpoint == webhook_endpoints.c.id, _d.state == PENDING)
    .order_by(_d.number)
    .limit(1)
    .scalar_subquery()
)
_TALLIES = select(webhook_endpoints.c.id, _count(PENDING), _count(_dead), _oldest)
