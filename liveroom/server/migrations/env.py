"""What Alembic runs: the steps, on the connection that `schema.py` has opened and locked."""

from __future__ import annotations

from alembic import context

from liveroom.rooms.storage import (  # noqa: F401 - importing adds their tables
    coupon_tables,
    gift_tables,
    moderation_tables,
    presence_tables,
)
from liveroom.rooms.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
