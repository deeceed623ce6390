"""The first tables: documents and their history, bans, visits, facts, counters, outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

# Written out and not taken from tables.py, which goes on changing.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Id = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Make the step."""
    _make_documents()
    _make_rooms()
    _make_ledger()
    _make_outbox()


def _make_documents() -> None:
    op.create_table(
        "documents",
        sa.Column("kind", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("state", Json, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_at_ms", sa.BigInteger()),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_documents"),
    )
    op.create_index("ix_documents_room_kind", "documents", ["room", "kind"])
    due = sa.text("due_at_ms IS NOT NULL")
    op.create_index("ix_documents_due_at_ms", "documents", ["due_at_ms"], sqlite_where=due, postgresql_where=due)
    op.create_table(
        "document_history",
        sa.Column("kind", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("who", Id, nullable=False),
        sa.Column("command", Id, nullable=False),
        sa.Column("from_state", Json),
        sa.Column("to_state", Json, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", "version", name="pk_document_history"),
    )


def _make_rooms() -> None:
    op.create_table(
        "bans",
        sa.Column("room", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("who", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger()),
        sa.Column("who_role", Id, nullable=False),
        sa.PrimaryKeyConstraint("room", "user_id", name="pk_bans"),
    )
    op.create_table(
        "visits",
        sa.Column("room", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("room", "user_id", name="pk_visits"),
    )
    op.create_index("ix_visits_last_seen_ms", "visits", ["last_seen_ms"])


def _make_ledger() -> None:
    op.create_table(
        "facts",
        sa.Column("id", Serial, nullable=False),
        sa.Column("kind", Id, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("scope", Id, nullable=False),
        sa.Column("subject", Id, nullable=False),
        sa.Column("key", Id, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_facts"),
        sa.UniqueConstraint("key", name="uq_facts_key"),
    )
    op.create_index("ix_facts_kind_scope_subject", "facts", ["kind", "scope", "subject"])
    op.create_table(
        "counters",
        sa.Column("scope", Id, nullable=False),
        sa.Column("name", Id, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "name", name="pk_counters"),
    )


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", Serial, nullable=False),
        sa.Column("room", Id, nullable=False),
        sa.Column("lane", Id, nullable=False),
        sa.Column("writer", Id, nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_at_ms", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    unsent = sa.column("sent_at_ms").is_(None)
    op.create_index("ix_outbox_unsent", "outbox", ["lane", "room", "id"], sqlite_where=unsent, postgresql_where=unsent)
    sent = sa.column("sent_at_ms").is_not(None)
    op.create_index("ix_outbox_sent", "outbox", ["sent_at_ms"], sqlite_where=sent, postgresql_where=sent)
