"""The table of who is known to be connected where, of those few who matter (`rooms/whereabouts.py`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from liveroom.rooms.storage.tables import Id, metadata

presences = Table(
    "presences",
    metadata,
    Column("room", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("node", Id, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("room", "user_id", "node"),
    Index(None, "until_ms"),
)
"""A lease: a node renews it while somebody is connected there; `node` empty: they are expected."""
