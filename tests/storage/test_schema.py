"""The tables come from the migrations, and a database that does not fit is met with words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from liveroom.rooms.storage import engines
from liveroom.rooms.storage import presence_tables as _presence_tables  # noqa: F401 - it is part of the metadata
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.tables import metadata
from liveroom.server import node as _brings_the_tables_of_all_areas  # noqa: F401
from liveroom.server import schema
from liveroom.server.errors import SchemaMismatch
from liveroom.server.migrations import HEAD
from liveroom.server.schema import STEPS, find_revision, require_current, upgrade
from tests.support.databases import Cluster


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    cluster: Cluster = request.getfixturevalue("postgresql")
    return cluster.create("template0")


def find_differences(connection: Connection) -> list[object]:
    """Between the tables that are there and those of tables.py."""
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


async def test_the_migrations_make_the_tables_of_this_version(database: Database) -> None:
    """Nothing is missing and nothing is left over."""
    async with database.write() as connection:
        assert await connection.run_sync(find_differences) == []


def test_the_newest_step_is_the_one_that_is_expected() -> None:
    """`HEAD` is written down so that a start need not load Alembic."""
    assert ScriptDirectory(str(STEPS)).get_current_head() == HEAD


async def test_an_empty_database_is_made_ready_once(empty_url: str) -> None:
    """The second time there is nothing to do."""
    database = Database(empty_url)
    assert await upgrade(database) is None
    assert await upgrade(database) == HEAD
    await require_current(database)
    await database.close()


async def test_a_step_may_take_longer_than_a_statement_of_a_running_server(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large table is rebuilt."""
    monkeypatch.setattr(engines, "STATEMENT_MS", 1_500)
    database = Database(empty_url)
    make_steps = schema._make_steps

    def take_long(connection: Connection) -> None:
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_sleep(1.8)"))
        make_steps(connection)

    monkeypatch.setattr(schema, "_make_steps", take_long)
    try:
        assert await upgrade(database) is None
    finally:
        await database.close()


async def test_of_two_that_start_at_once_one_makes_the_tables(empty_url: str) -> None:
    """The other waits for it."""
    first, second = Database(empty_url), Database(empty_url)
    found = await asyncio.gather(upgrade(first), upgrade(second))
    assert sorted(found, key=str) == [HEAD, None]
    await first.close()
    await second.close()


async def test_a_database_that_is_behind_is_refused_with_the_command(empty_url: str) -> None:
    """Not upgraded behind somebody's back."""
    database = Database(empty_url)
    with pytest.raises(SchemaMismatch, match="liveroom db upgrade"):
        await require_current(database)
    assert await find_revision(database) is None
    await database.close()


async def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    """By both, with advice."""
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for look in (require_current, upgrade):
        with pytest.raises(SchemaMismatch, match="newer version"):
            await look(database)
    assert await find_revision(database) == "9999"


async def test_somebody_elses_database_is_left_alone(empty_url: str) -> None:
    """It has tables and they are not ours."""
    database = Database(empty_url)
    async with database.write() as connection:
        await connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
    with pytest.raises(SchemaMismatch, match="not those of liveroom"):
        await upgrade(database)
    await database.close()


async def test_a_step_that_fails_leaves_nothing_behind(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps are one transaction, on SQLite too."""
    database = Database(empty_url)

    def fail(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE half (id INTEGER)"))
        raise ZeroDivisionError

    monkeypatch.setattr("liveroom.server.schema._make_steps", fail)
    with pytest.raises(ZeroDivisionError):
        await upgrade(database)
    monkeypatch.undo()
    assert await upgrade(database) is None
    await database.close()
