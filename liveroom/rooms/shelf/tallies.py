"""Reads what has become of products: looks, favourites, what was sold.

Promise: numbers are those that were committed together with what they count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import bindparam, select

from liveroom.realtime.backplane.base import Backplane
from liveroom.realtime.wire import encode_value
from liveroom.rooms.messages.room import ShowInfo
from liveroom.rooms.shelf.favouring import MOVES, count_favourites, favours_scope
from liveroom.rooms.shelf.looking import looks_scope
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.tables import counters
from liveroom.rooms.value.orders.recording import sold_scope


class ShelfTally(NamedTuple):
    """Numbers by product. `favourites`: of one show."""

    looks: Mapping[str, int]
    favourites: Mapping[str, int]
    sold: Mapping[str, int]


class ShelfTallies:
    """See the module."""

    def __init__(self, database: Database, backplane: Backplane) -> None:
        self._database = database
        self._backplane = backplane

    async def read(self, room: str, show: str | None) -> ShelfTally:
        """What has become of the products of a room, and who picked what in a show."""
        favourites = await self._count(favours_scope(room, show)) if show is not None else {}
        return ShelfTally(await self._count(looks_scope(room)), favourites, await self._count(sold_scope(room)))

    async def tell_favourites(self, room: str, show: ShowInfo) -> None:
        """Tell the favourites of a show that runs, when a node takes up its room.

        Raises:
            DatabaseUnavailable, BackplaneUnavailable: try again.
        """
        tally = await self._count(favours_scope(room, show.id))
        if tally:
            value = encode_value(count_favourites(show.id, tally))
            await self._backplane.set_latest(room, "favourites", value, (show.started_at, tally[MOVES]))

    async def _count(self, scope: str) -> Mapping[str, int]:
        async with self._database.read() as connection:
            rows = await connection.execute(_COUNT, {"scope_is": scope})
            return {name: value for name, value in rows}


_COUNT = select(counters.c.name, counters.c.value).where(counters.c.scope == bindparam("scope_is"))
