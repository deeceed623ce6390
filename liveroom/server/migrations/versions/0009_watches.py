"""How well shows were seen, and how long people stayed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

# Written out and not taken from watch_tables.py, which goes on changing.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "watches",
        sa.Column("room", Id, nullable=False),
        sa.Column("show_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        sa.Column("picture", Id, nullable=False),
        sa.Column("flow", Id, nullable=False),
        sa.Column("stay_ms", sa.BigInteger(), nullable=False),
        sa.Column("told_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", "show_id", "user_id", "visit", name="pk_watches"),
    )
    op.create_index("ix_watches_told_at_ms", "watches", ["told_at_ms"])
