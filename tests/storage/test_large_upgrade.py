"""A database of many gigabytes is upgraded: indexes may be made beforehand, and what is in the way is waited for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.storage import engines
from liveroom.rooms.storage.database import Database
from liveroom.server import db_cli, schema
from liveroom.server.cli import main
from liveroom.server.errors import SchemaMismatch
from liveroom.server.migrations import HEAD
from liveroom.server.schema import upgrade
from tests.storage.test_schema import find_differences

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
INDEXES = [" ".join(each.split()) for each in re.findall(r"CREATE INDEX CONCURRENTLY [^;]+", PAGE.read_text("utf-8"))]
"""As the page tells operators to make them."""
VACUUM = "LOCK TABLE facts IN SHARE UPDATE EXCLUSIVE MODE"
"""As a vacuum against wraparound does, which gives way to nobody."""
DEFINITIONS = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef"
WAITING = """
SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
WHERE NOT granted AND locktype = 'relation' AND datname = current_database()
"""


async def _go_back(database: Database) -> None:
    """As the version before has left it."""
    async with database.write() as connection:
        for index in INDEXES:
            await connection.execute(text(f"DROP INDEX {index.split()[3]}"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0010'"))


@pytest.fixture
async def before(database: Database) -> Database:
    """A database of the version before."""
    await _go_back(database)
    return database


@pytest.fixture
async def before_postgresql(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """The same of PostgreSQL, where a running server waits for hardly any lock."""
    monkeypatch.setattr(engines, "LOCK_WAIT_MS", 100)
    monkeypatch.setattr(schema, "OTHERS_S", 0.0)
    database = Database(postgresql_url)
    await _go_back(database)
    yield database
    await database.close()


async def _make_beforehand(database: Database) -> None:
    """On PostgreSQL outside of any transaction."""
    if database.dialect == "sqlite":
        async with database.write() as connection:
            for index in INDEXES:
                await connection.execute(text(index.replace(" CONCURRENTLY", "")))
        return
    async with database.read() as connection:
        for index in INDEXES:
            await connection.execute(text(index))


async def _definitions(connection: AsyncConnection) -> list[str]:
    return list(await connection.scalars(text(DEFINITIONS)))


async def test_indexes_may_be_made_beforehand(before: Database) -> None:
    """What the page tells is what the step makes."""
    assert len(INDEXES) == 6
    await _make_beforehand(before)
    assert await upgrade(before) == "0010"
    async with before.write() as connection:
        assert await connection.run_sync(find_differences) == []


async def test_those_of_the_page_are_those_of_the_step(postgresql_url: str) -> None:
    """To the letter of their conditions."""
    database = Database(postgresql_url)
    async with database.read() as connection:
        wanted = await _definitions(connection)
    async with database.write() as connection:
        for index in INDEXES:
            await connection.execute(text(f"DROP INDEX {index.split()[3]}"))
            await connection.execute(text(index.replace(" CONCURRENTLY", "")))
    async with database.read() as connection:
        assert await _definitions(connection) == wanted
    await database.close()


async def test_some_may_be_made_beforehand(before: Database) -> None:
    """The step makes the others."""
    async with before.write() as connection:
        await connection.execute(text(INDEXES[0].replace(" CONCURRENTLY", "")))
    assert await upgrade(before) == "0010"
    async with before.write() as connection:
        assert await connection.run_sync(find_differences) == []


async def test_with_all_of_them_made_nothing_is_locked(before_postgresql: Database) -> None:
    """Neither for a vacuum nor for those who write."""
    await _make_beforehand(before_postgresql)
    async with before_postgresql.write() as vacuum:
        await vacuum.execute(text(VACUUM))
        assert await upgrade(before_postgresql) == "0010"


async def test_a_vacuum_that_gives_way_to_nobody_is_waited_for(before_postgresql: Database) -> None:
    """For longer than a running server waits for a lock."""
    async with before_postgresql.write() as vacuum:
        await vacuum.execute(text(VACUUM))
        upgrading = asyncio.ensure_future(upgrade(before_postgresql))
        async with before_postgresql.read() as connection:
            while not upgrading.done() and not await connection.scalar(text(WAITING)):
                pass
        await vacuum.execute(text("SELECT pg_sleep(0.3)"))
        assert not upgrading.done()
    assert await upgrading == "0010"


async def test_an_index_that_is_not_whole_is_named(before_postgresql: Database) -> None:
    """It would be kept and never used: whoever made it was interrupted, or is at work."""
    await _make_beforehand(before_postgresql)
    async with before_postgresql.write() as connection:
        await connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_orders_room_show_paid'::regclass")
        )
    with pytest.raises(SchemaMismatch, match="DROP INDEX ix_orders_room_show_paid"):
        await upgrade(before_postgresql)
    async with before_postgresql.write() as connection:
        await connection.execute(text("DROP INDEX ix_orders_room_show_paid"))
    assert await upgrade(before_postgresql) == "0010"


async def test_the_steps_take_as_long_as_they_are_given(
    before_postgresql: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not longer than that, and longer than usual."""
    monkeypatch.setattr(schema, "STEPS_S", 0.2)
    async with before_postgresql.write() as vacuum:
        await vacuum.execute(text(VACUUM))
        with pytest.raises(DatabaseUnavailable, match="in time"):
            await upgrade(before_postgresql)
        upgrading = asyncio.ensure_future(upgrade(before_postgresql, 30.0))
        await vacuum.execute(text("SELECT pg_sleep(0.4)"))
        assert not upgrading.done()
    assert await upgrading == "0010"


def test_the_operator_says_how_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ten minutes are not enough for everybody."""
    given = []

    async def note(database: Database, longest_s: float) -> str:
        given.append(longest_s)
        return HEAD

    monkeypatch.setattr(db_cli, "upgrade", note)
    monkeypatch.setenv("LIVEROOM_DATA_DIR", str(tmp_path))
    for options in ([], ["--longest", "7200"]):
        assert CliRunner().invoke(main, ["db", "upgrade", *options]).exit_code == 0
    assert given == [600, 7200]
