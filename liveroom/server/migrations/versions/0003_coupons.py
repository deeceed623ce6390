"""Coupons that were granted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

# Written out and not taken from coupon_tables.py, which goes on changing.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "coupon_grants",
        sa.Column("id", Id, nullable=False),
        sa.Column("campaign", Id, nullable=False),
        sa.Column("drop_id", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("status", Id, nullable=False),
        sa.Column("order_ref", Id),
        sa.Column("issued_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("locked_until_ms", sa.BigInteger()),
        sa.Column("settled_at_ms", sa.BigInteger()),
        sa.Column("due_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_coupon_grants"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_coupon_grants_user_id_campaign", "coupon_grants", ["user_id", "campaign"])
    due = sa.text("due_at_ms IS NOT NULL")
    op.create_index(
        "ix_coupon_grants_due_at_ms", "coupon_grants", ["due_at_ms"], sqlite_where=due, postgresql_where=due
    )
