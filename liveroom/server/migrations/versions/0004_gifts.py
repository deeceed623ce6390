"""Gifts and orders: combos, sums for the ranks, charges, orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

# Written out and not taken from gift_tables.py, which goes on changing.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the step."""
    _make_combos()
    _make_sums()
    _make_charges()
    _make_orders()


def _make_combos() -> None:
    op.create_table(
        "gift_combos",
        sa.Column("id", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("show", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("gift", Id, nullable=False),
        sa.Column("to_id", Id, nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("closed_at_ms", sa.BigInteger()),
        sa.Column("settlement_id", Id),
        sa.PrimaryKeyConstraint("id", name="pk_gift_combos"),
    )
    is_open = sa.column("closed_at_ms").is_(None)
    for name, columns in (("ix_gift_combos_open", ["room", "user_id"]), ("ix_gift_combos_due", ["due_at_ms"])):
        op.create_index(name, "gift_combos", columns, sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_gift_combos_room_show", "gift_combos", ["room", "show", "opened_at_ms", "id"])


def _make_sums() -> None:
    op.create_table(
        "gift_sums",
        sa.Column("room", Id, nullable=False),
        sa.Column("show", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", "show", "user_id", name="pk_gift_sums"),
    )
    op.create_index("ix_gift_sums_rank", "gift_sums", ["room", "show", sa.text("amount DESC"), "user_id"])


def _make_charges() -> None:
    op.create_table(
        "gift_charges",
        sa.Column("id", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("show", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", Id, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("gift", Id, nullable=False),
        sa.Column("to_id", Id, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_gift_charges"),
    )
    unended = sa.text("state IN ('pending', 'voiding', 'owed')")
    op.create_index(
        "ix_gift_charges_due", "gift_charges", ["next_at_ms"], sqlite_where=unended, postgresql_where=unended
    )


def _make_orders() -> None:
    op.create_table(
        "orders",
        sa.Column("id", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("show", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("items", Json, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", Id, nullable=False),
        sa.Column("status", Id, nullable=False),
        sa.Column("grant", Id),
        sa.Column("source", Id),
        sa.Column("campaign", Id),
        sa.Column("paid_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("refunded_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_orders"),
    )
    op.create_index("ix_orders_room_paid", "orders", ["room", "paid_at_ms", "id"])
