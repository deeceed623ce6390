"""What is kept for a time only is found by its age, and pages over what is kept for good by an index.

Promise: an index that is there already is left as it is, and its table is not locked (docs/operations.md "A large
database").
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

from liveroom.server.errors import SchemaMismatch

revision = "0011"
down_revision = "0010"

# Written out and not taken from lifetimes.py, which goes on changing.
FACTS = (
    "'battle.like', 'points.credit', 'product.look', 'topic.comments', "
    "'battle.vote', 'poll.vote', 'topic.opinion', 'product.favour'"
)
HISTORY = "'battle', 'battle_search', 'poll', 'product', 'question', 'shelf', 'show_record', 'stage', 'topic'"


class Index(NamedTuple):
    """One to be there after the step, over the rows that meet the condition."""

    name: str
    table: str
    columns: tuple[str, ...]
    condition: str | None = None


INDEXES = (
    Index("ix_facts_passing", "facts", ("kind", "at_ms"), f"kind IN ({FACTS})"),
    Index("ix_document_history_passing", "document_history", ("kind", "at_ms"), f"kind IN ({HISTORY})"),
    Index("ix_documents_questions", "documents", ("kind", "updated_at_ms"), "kind = 'question'"),
    Index("ix_documents_pages", "documents", ("room", "kind", "updated_at_ms DESC", "id")),
    Index("ix_gift_charges_state_id", "gift_charges", ("state", "id")),
    Index("ix_orders_room_show_paid", "orders", ("room", "show", "paid_at_ms", "id")),
)
ON_POSTGRESQL = """
SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE pg_table_is_visible(pg_class.oid)
"""
ON_SQLITE = "SELECT name, true FROM sqlite_master WHERE type = 'index'"


def upgrade() -> None:
    """Make the step."""
    connection = op.get_bind()
    is_postgresql = connection.dialect.name == "postgresql"
    there = connection.execute(sa.text(ON_POSTGRESQL if is_postgresql else ON_SQLITE))
    found = {name: is_whole for name, is_whole in there}
    for index in INDEXES:
        if not found.get(index.name, True):
            advice = f"wait for the end of {index.name}, or DROP INDEX {index.name} if its making was interrupted"
            raise SchemaMismatch(down_revision, revision, advice)
    missing = [index for index in INDEXES if index.name not in found]
    if missing and is_postgresql:
        # A vacuum against wraparound gives way to nobody; the statement has its time all the same. All tables at once:
        # one after the other, a writer that has one and wants another would end the step after an hour's work.
        op.execute("SET LOCAL lock_timeout = 0")
        op.execute(f"LOCK TABLE {', '.join(sorted({index.table for index in missing}))} IN SHARE MODE")
    for name, table, columns, condition in missing:
        where = sa.text(condition) if condition else None
        op.create_index(name, table, [sa.text(each) for each in columns], sqlite_where=where, postgresql_where=where)
