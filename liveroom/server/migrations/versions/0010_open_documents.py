"""Documents of a room that are still open are found without reading all that were ever kept there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the step."""
    due = sa.text("due_at_ms IS NOT NULL")
    columns = ["room", "kind", "due_at_ms"]
    op.create_index("ix_documents_room_kind_due_at_ms", "documents", columns, sqlite_where=due, postgresql_where=due)
