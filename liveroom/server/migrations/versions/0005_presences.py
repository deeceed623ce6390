"""Who of those that matter is connected where."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# Written out and not taken from presence_tables.py, which goes on changing.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "presences",
        sa.Column("room", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("node", Id, nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", "user_id", "node", name="pk_presences"),
    )
    op.create_index("ix_presences_until_ms", "presences", ["until_ms"])
