"""Reads what is known of earlier visits, for many people in one statement (`pair_reader.py`)."""

from __future__ import annotations

from sqlalchemy import select

from liveroom.rooms.rules.visits import PastVisits
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.pair_reader import PairReader
from liveroom.rooms.storage.tables import visits


class VisitReader(PairReader[PastVisits]):
    """See the module."""

    def __init__(self, database: Database) -> None:
        statement = select(visits.c.room, visits.c.user_id, visits.c.visits, visits.c.last_seen_ms)
        super().__init__(database, visits, statement, lambda row: PastVisits(row.visits, row.last_seen_ms))
