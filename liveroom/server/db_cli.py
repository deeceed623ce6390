"""`liveroom db`: looks after the tables of the database, for the person who runs the server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

import click

from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.storage.database import Database
from liveroom.server.db import make_database, make_private_directory
from liveroom.server.migrations import HEAD
from liveroom.server.schema import STEPS_S, require_current, upgrade
from liveroom.server.settings import load_settings


@click.group()
def db() -> None:
    """The database: LIVEROOM_DATABASE_URL, or SQLite in LIVEROOM_DATA_DIR."""


@db.command("upgrade")
@click.option(
    "--longest",
    "longest_s",
    default=int(STEPS_S),
    show_default=True,
    type=click.IntRange(1, 7 * 86_400),
    help="Seconds after which it is given up and nothing is changed.",
)
def upgrade_database(longest_s: int) -> None:
    """Bring the tables to this version. Safe to run again, and by several at once."""
    _run(lambda database: _upgrade(database, longest_s), make_directory=True)


@db.command("check")
def check_database() -> None:
    """Say whether the tables are those of this version: status 0 if so, 1 if not."""
    _run(_check, make_directory=False)


async def _upgrade(database: Database, longest_s: int) -> str:
    found = await upgrade(database, longest_s)
    if found == HEAD:
        return f"the database is at revision {HEAD} already"
    return f"the database was at revision {found or 'none'} and is at {HEAD} now"


async def _check(database: Database) -> str:
    await require_current(database)
    return f"the database is at revision {HEAD}, as this version needs"


def _run(work: Callable[[Database], Awaitable[str]], *, make_directory: bool) -> None:
    async def run() -> str:
        settings = load_settings()
        database = make_database(settings)
        if make_directory and settings.database_url is None:
            make_private_directory(settings.data_dir)
        try:
            return await work(database)
        finally:
            await database.close()

    try:
        click.echo(asyncio.run(run()))
    except RealtimeError as error:
        click.echo(error.message, err=True)
        sys.exit(1)
