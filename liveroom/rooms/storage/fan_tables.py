"""The table of what people have earned in a room, as the newest migration leaves it (a test compares)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from liveroom.rooms.storage.tables import Id, Json, metadata, partial_index

fans = Table(
    "fans",
    metadata,
    Column("room", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("name", Text, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("day", Integer, nullable=False),
    Column("today", Json, nullable=False),
    Column("minute", BigInteger, nullable=False),
    Column("member_since_ms", BigInteger),
    Column("club_points", BigInteger, nullable=False),
    Column("rated", Boolean, nullable=False),
    PrimaryKeyConstraint("room", "user_id"),
)
"""One row for each person with points or a place in the club; `today`: amounts of the day `day`, by action."""

Index("ix_fans_rank", fans.c.room, fans.c.points.desc(), fans.c.user_id)
partial_index(
    "ix_fans_club", fans.c.member_since_ms.is_not(None), fans.c.room, fans.c.club_points.desc(), fans.c.user_id
)
