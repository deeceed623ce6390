"""Tables of moderation: who may not write, and what the staff did (see `tables`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from liveroom.rooms.storage.tables import Id, Json, Serial, metadata

sanctions = Table(
    "sanctions",
    metadata,
    Column("room", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("kind", Id, nullable=False),
    Column("who", Id, nullable=False),
    Column("who_role", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    PrimaryKeyConstraint("room", "user_id", "kind"),
)
"""Who is muted or shadowed in a room; `until_ms` null: until it is lifted."""

audit = Table(
    "audit",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("source", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", Id, nullable=False),
    Column("who_role", Id, nullable=False),
    Column("act", Id, nullable=False),
    Column("subject", Id),
    Column("facts", Json, nullable=False),
    UniqueConstraint("source"),
    Index(None, "room", "id"),
    Index(None, "room", "subject", "id"),
)
"""What the staff did, never changed; `source`: the outbox row it came from, so that it is filed once."""
