"""The tables, as the newest migration leaves them (a test compares).

Promise: times are epoch ms in UTC; identifiers compare byte by byte on every database, so that pages by id are in the
same order everywhere.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB

from liveroom.rooms.storage.lifetimes import PASSING_FACTS, PASSING_HISTORY, QUESTION, is_one_of

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

# Rows are numbered by the database; SQLite does that for INTEGER keys only.
Serial = BigInteger().with_variant(Integer(), "sqlite")
Id = Text().with_variant(Text(collation="C"), "postgresql")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def partial_index(name: str, where: ColumnElement[bool], *columns: ColumnElement[Any]) -> None:
    """Give the table of these columns an index over the rows that `where` holds for; on both databases."""
    Index(name, *columns, sqlite_where=where, postgresql_where=where)


documents = Table(
    "documents",
    metadata,
    Column("kind", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("state", Json, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Column("due_at_ms", BigInteger),
    PrimaryKeyConstraint("kind", "id"),
    Index(None, "room", "kind"),
)
"""Few writes, must be right: changed by compare-and-set on `version`; `due_at_ms`: when something is due."""

_is_due = documents.c.due_at_ms.is_not(None)
partial_index("ix_documents_due_at_ms", _is_due, documents.c.due_at_ms)
partial_index("ix_documents_room_kind_due_at_ms", _is_due, documents.c.room, documents.c.kind, documents.c.due_at_ms)
Index("ix_documents_pages", documents.c.room, documents.c.kind, documents.c.updated_at_ms.desc(), documents.c.id)
is_question = documents.c.kind == literal_column(f"'{QUESTION}'")
partial_index("ix_documents_questions", is_question, documents.c.kind, documents.c.updated_at_ms)

document_history = Table(
    "document_history",
    metadata,
    Column("kind", Id, nullable=False),
    Column("id", Id, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("who", Id, nullable=False),
    Column("command", Id, nullable=False),
    Column("from_state", Json),
    Column("to_state", Json, nullable=False),
    PrimaryKeyConstraint("kind", "id", "version"),
)
"""One row for each change of a document. `from_state` is only in rows of older versions: it is that of the row before.
Of some kinds (`lifetimes.py`) they are deleted after a time."""

is_passing_change = is_one_of(document_history.c.kind, PASSING_HISTORY)
partial_index("ix_document_history_passing", is_passing_change, document_history.c.kind, document_history.c.at_ms)

bans = Table(
    "bans",
    metadata,
    Column("room", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("who", Id, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    Column("who_role", Id, nullable=False),
    PrimaryKeyConstraint("room", "user_id"),
)
"""Who is kept out of a room; `until_ms` null: for good."""

exclusions = Table(
    "exclusions",
    metadata,
    Column("what", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("who", Id, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("what", "subject"),
    Index(None, "changed_at_ms"),
    Index(None, "until_ms"),
)
"""Who is kept out of the whole server, and tokens that were revoked; one that was lifted has ended."""

visits = Table(
    "visits",
    metadata,
    Column("room", Id, nullable=False),
    Column("user_id", Id, nullable=False),
    Column("visits", Integer, nullable=False),
    Column("last_seen_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("room", "user_id"),
    Index(None, "last_seen_ms"),
)
"""What is remembered of visits that are over."""

facts = Table(
    "facts",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("kind", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("scope", Id, nullable=False),
    Column("subject", Id, nullable=False),
    Column("key", Id, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("payload", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    UniqueConstraint("key"),
    Index(None, "kind", "scope", "subject"),
)
"""Facts of value, written by the ledger only and never changed; `payload` and `answer` are JSON as it was sent. Some
kinds (`lifetimes.py`) are deleted after a time."""

is_passing_fact = is_one_of(facts.c.kind, PASSING_FACTS)
partial_index("ix_facts_passing", is_passing_fact, facts.c.kind, facts.c.at_ms)

counters = Table(
    "counters",
    metadata,
    Column("scope", Id, nullable=False),
    Column("name", Id, nullable=False),
    Column("value", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "name"),
)
"""Sums over facts, kept in the transaction that writes the facts."""

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("room", Id, nullable=False),
    Column("lane", Id, nullable=False),
    Column("writer", Id, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("sent_at_ms", BigInteger),
    Column("attempts", Integer, nullable=False),
    Column("next_at_ms", BigInteger, nullable=False),
)
"""What must leave the process; `writer` is the process that sends it at once."""

partial_index("ix_outbox_unsent", outbox.c.sent_at_ms.is_(None), outbox.c.lane, outbox.c.room, outbox.c.id)
partial_index("ix_outbox_sent", outbox.c.sent_at_ms.is_not(None), outbox.c.sent_at_ms)

webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Id, nullable=False),
    Column("url", Text, nullable=False),
    Column("room", Id),
    Column("events", Json, nullable=False),
    Column("secrets", Json, nullable=False),
    Column("state", Id, nullable=False),
    Column("disabled_by", Id),
    Column("missed", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
    Column("holder", Id, nullable=False),
    Column("held_until_ms", BigInteger, nullable=False),
    PrimaryKeyConstraint("id"),
)
"""Who is told by webhook; `room` null: of every room; `holder`: the process that sends to it, until its lease ends."""

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("number", Serial, primary_key=True),
    Column("endpoint", Id, nullable=False),
    Column("event", Id, nullable=False),
    Column("room", Id, nullable=False),
    Column("type", Id, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", Id, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("next_at_ms", BigInteger, nullable=False),
    Column("settled_at_ms", BigInteger),
    Column("last_status", Integer),
    Column("last_outcome", Id),
    UniqueConstraint("endpoint", "event"),
    Index(None, "endpoint", "state", "number"),
)
"""One event for one endpoint; `next_at_ms` is 0 until it was tried."""

partial_index(
    "ix_webhook_deliveries_due",
    webhook_deliveries.c.state == "pending",
    webhook_deliveries.c.endpoint,
    webhook_deliveries.c.next_at_ms,
    webhook_deliveries.c.number,
)
partial_index(
    "ix_webhook_deliveries_settled",
    webhook_deliveries.c.settled_at_ms.is_not(None),
    webhook_deliveries.c.state,
    webhook_deliveries.c.settled_at_ms,
)
