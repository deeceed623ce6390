"""The table of how well shows were seen and how long people stayed (`watches.py`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table

from liveroom.rooms.storage.tables import Id, metadata

watches = Table(
    "watches",
    metadata,
    Column("room", Id, nullable=False),
    Column("show_id", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("picture", Id, nullable=False),
    Column("flow", Id, nullable=False),
    Column("stay_ms", BigInteger, nullable=False),
    Column("told_at_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("room", "show_id", "user_id", "visit"),
    Index(None, "told_at_ms"),
)
"""One visit of one person to one show."""
