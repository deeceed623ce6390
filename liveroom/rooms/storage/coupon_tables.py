"""The table of coupons that were granted, as the newest migration leaves it (a test compares).

Promise: as of `tables.py`; amounts are whole minor units. Rows are written by the ledger only.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, PrimaryKeyConstraint, Table

from liveroom.rooms.storage.tables import Id, metadata, partial_index

coupon_grants = Table(
    "coupon_grants",
    metadata,
    Column("id", Id, nullable=False),
    Column("campaign", Id, nullable=False),
    Column("drop_id", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Id, nullable=False),
    Column("status", Id, nullable=False),
    Column("order_ref", Id),
    Column("issued_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("locked_until_ms", BigInteger),
    Column("settled_at_ms", BigInteger),
    Column("due_at_ms", BigInteger),
    PrimaryKeyConstraint("id"),
    Index(None, "user_id", "campaign"),
    sqlite_with_rowid=False,
)
"""`id` begins with the campaign, the drop and a number, so that those of a campaign lie together in the order in which
they were granted; `due_at_ms`: when a lock ends or the coupon expires."""

partial_index("ix_coupon_grants_due_at_ms", coupon_grants.c.due_at_ms.is_not(None), coupon_grants.c.due_at_ms)
