"""What people have earned in a room, and who is in its fan club."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

# Written out and not taken from fan_tables.py, which goes on changing.
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the step."""
    op.create_table(
        "fans",
        sa.Column("room", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("today", Json, nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("member_since_ms", sa.BigInteger()),
        sa.Column("club_points", sa.BigInteger(), nullable=False),
        sa.Column("rated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("room", "user_id", name="pk_fans"),
    )
    is_member = sa.column("member_since_ms").is_not(None)
    op.create_index("ix_fans_rank", "fans", ["room", sa.text("points DESC"), "user_id"])
    op.create_index(
        "ix_fans_club",
        "fans",
        ["room", sa.text("club_points DESC"), "user_id"],
        sqlite_where=is_member,
        postgresql_where=is_member,
    )
