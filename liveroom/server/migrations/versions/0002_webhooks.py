"""Webhooks: who is told, and what is to be delivered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

# Written out and not taken from tables.py, which goes on changing.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the step."""
    _make_endpoints()
    _make_deliveries()


def _make_endpoints() -> None:
    op.create_table(
        "webhook_endpoints",
        sa.Column("id", Id, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("room", Id),
        sa.Column("events", Json, nullable=False),
        sa.Column("secrets", Json, nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("disabled_by", Id),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("holder", Id, nullable=False),
        sa.Column("held_until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_endpoints"),
    )


def _make_deliveries() -> None:
    name = "webhook_deliveries"
    op.create_table(
        name,
        sa.Column("number", Serial, nullable=False),
        sa.Column("endpoint", Id, nullable=False),
        sa.Column("event", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("type", Id, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", Id, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("settled_at_ms", sa.BigInteger()),
        sa.Column("last_status", sa.Integer()),
        sa.Column("last_outcome", Id),
        sa.PrimaryKeyConstraint("number", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("endpoint", "event", name="uq_webhook_deliveries_endpoint_event"),
    )
    op.create_index("ix_webhook_deliveries_endpoint_state_number", name, ["endpoint", "state", "number"])
    pending = sa.column("state") == sa.text("'pending'")
    due = ["endpoint", "next_at_ms", "number"]
    op.create_index("ix_webhook_deliveries_due", name, due, sqlite_where=pending, postgresql_where=pending)
    settled = sa.column("settled_at_ms").is_not(None)
    at = ["state", "settled_at_ms"]
    op.create_index("ix_webhook_deliveries_settled", name, at, sqlite_where=settled, postgresql_where=settled)
