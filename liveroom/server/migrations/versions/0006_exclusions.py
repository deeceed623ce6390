"""Who and what is shut out of the whole server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

# Written out and not taken from tables.py, which goes on changing.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "exclusions",
        sa.Column("what", Id, nullable=False),
        sa.Column("subject", Id, nullable=False),
        sa.Column("who", Id, nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("what", "subject", name="pk_exclusions"),
    )
    op.create_index("ix_exclusions_changed_at_ms", "exclusions", ["changed_at_ms"])
    op.create_index("ix_exclusions_until_ms", "exclusions", ["until_ms"])
