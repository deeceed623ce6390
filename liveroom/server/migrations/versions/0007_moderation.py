"""Who may not write, and what the staff did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

# Written out and not taken from moderation_tables.py, which goes on changing.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "sanctions",
        sa.Column("room", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("who", Id, nullable=False),
        sa.Column("who_role", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("room", "user_id", "kind", name="pk_sanctions"),
    )
    op.create_table(
        "audit",
        sa.Column("id", Serial, primary_key=True),
        sa.Column("source", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", Id, nullable=False),
        sa.Column("who_role", Id, nullable=False),
        sa.Column("act", Id, nullable=False),
        sa.Column("subject", Id),
        sa.Column("facts", Json, nullable=False),
        sa.UniqueConstraint("source", name="uq_audit_source"),
    )
    op.create_index("ix_audit_room_id", "audit", ["room", "id"])
    op.create_index("ix_audit_room_subject_id", "audit", ["room", "subject", "id"])
