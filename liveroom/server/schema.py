"""Brings the tables of a database to this version, or says what is to be done.

Promise: of several processes that start at once one makes the steps, the others wait for it; a step that fails leaves
nothing behind.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.portable import lock_scopes
from liveroom.server.errors import SchemaMismatch
from liveroom.server.migrations import HEAD

STEPS = Path(__file__).parent / "migrations"
STEPS_S = 600.0
"""Longest time for all steps together, where nobody says another; a large table takes its time."""
OTHERS_S = 30.0
"""Longest wait for another process that makes them."""
LOOK_S = 0.2

UPGRADE = "run `liveroom db upgrade`"
NEWER = "it was made by a newer version: start that one, or restore a backup"
FOREIGN = "its tables are not those of liveroom: name another database"


async def find_revision(database: Database) -> str | None:
    """The revision of a database; None: it has no tables of ours yet."""
    async with database.read() as connection:
        return await _read_revision(connection)


async def upgrade(database: Database, longest_s: float | None = None) -> str | None:
    """Make all steps that are missing; gives the revision that was found before.

    Args:
        longest_s: for all steps together, instead of `STEPS_S`.

    Raises:
        SchemaMismatch: the database is ahead, or not one of ours.
        DatabaseUnavailable: it cannot be reached, or others hold it for more than `OTHERS_S`.
    """
    until_s = time.monotonic() + OTHERS_S
    while True:
        try:
            return await _make_missing(database, longest_s or STEPS_S)
        except DatabaseUnavailable as error:
            # Whoever makes the steps holds the database for as long as they take.
            if error.reason != "locked" or time.monotonic() > until_s:
                raise
            await asyncio.sleep(LOOK_S)


async def _make_missing(database: Database, longest_s: float) -> str | None:
    async with database.write(timeout_s=longest_s) as connection:
        if database.dialect == "postgresql":
            # Of this transaction; otherwise a statement may take as long as one of a running server.
            await connection.execute(text(f"SET LOCAL statement_timeout = {int(longest_s * 1000)}"))
        await lock_scopes(connection, ["schema"], database.dialect)
        found = await _read_revision(connection)
        if found == HEAD:
            return found
        if found is None:
            await connection.run_sync(_require_empty)
        if found is not None and found not in _known_revisions():
            raise SchemaMismatch(found, HEAD, NEWER)
        await connection.run_sync(_make_steps)
    return found


async def require_current(database: Database) -> None:
    """Check that a database has the tables of this version.

    Raises:
        SchemaMismatch: it does not; the message says which command to run.
    """
    found = await find_revision(database) if _is_there(database) else None
    if found == HEAD:
        return
    raise SchemaMismatch(found, HEAD, UPGRADE if found is None or found in _known_revisions() else NEWER)


async def _read_revision(connection: AsyncConnection) -> str | None:
    if not await connection.run_sync(lambda plain: inspect(plain).has_table("alembic_version")):
        return None
    revision: str | None = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _is_there(database: Database) -> bool:
    """Whether there is something to look at: SQLite would make the file by opening it."""
    return database.dialect != "sqlite" or Path(database.url.database or "").is_file()


def _require_empty(connection: Connection) -> None:
    if inspect(connection).get_table_names():
        raise SchemaMismatch(None, HEAD, FOREIGN)


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory(str(STEPS)).walk_revisions()}


def _make_steps(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
