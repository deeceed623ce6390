"""Commits are durable, every wait ends, and what goes wrong has a name."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import DATABASE_REASONS, DatabaseUnavailable
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.faults import SQLITE_CODES, SQLSTATES
from tests.support.databases import Cluster

ADD = text("INSERT INTO counters (scope, name, value) VALUES ('s', :name, 1)")
COUNT = text("SELECT count(*) FROM counters")
SLOW = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(20)",
}


async def add(database: Database, name: str) -> None:
    """Write one row."""
    async with database.write() as connection:
        await connection.execute(ADD, {"name": name})


async def add_many(database: Database) -> None:
    """Write more than fits into a page or two."""
    for number in range(100):
        await add(database, f"{number}" * 1000)


async def count(database: Database) -> int:
    """Rows that are committed."""
    async with database.read() as connection:
        return int(await connection.scalar(COUNT) or 0)


async def see_threads_end() -> None:
    """A connection that could not be opened answers once more, in its thread, to a loop that must still be there."""
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 5)


async def test_sqlite_commits_to_the_disk(sqlite_url: str) -> None:
    """WAL with `synchronous=FULL` (2), on the connection that writes."""
    database = Database(sqlite_url)
    async with database.write() as connection:
        found = [await connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
        keys = await connection.scalar(text("PRAGMA foreign_keys"))
    await database.close()
    assert (found, keys) == (["wal", 2], 1)


async def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    """An exception rolls back, a fault of the rows passes through as what it is."""

    async def add_twice() -> None:
        async with database.write() as connection:
            await connection.execute(ADD, {"name": "a"})
            await connection.execute(ADD, {"name": "a"})

    with pytest.raises(IntegrityError):
        await add_twice()
    assert await count(database) == 0
    await add(database, "a")
    assert await count(database) == 1


async def test_readers_do_not_wait_for_the_writer(database: Database) -> None:
    """They see what is committed."""
    async with database.write() as connection:
        await connection.execute(ADD, {"name": "a"})
        assert await count(database) == 0
    assert await count(database) == 1


async def test_sqlite_readers_cannot_write(sqlite_url: str) -> None:
    """A write in the wrong place is found at once."""
    database = Database(sqlite_url)
    with pytest.raises((DatabaseUnavailable, OperationalError)) as refused:
        async with database.read() as connection:
            await connection.execute(ADD, {"name": "a"})
    await database.close()
    assert "read_only" in str(getattr(refused.value, "facts", ""))


async def test_a_statement_that_takes_too_long_is_cut_off(url: str) -> None:
    """`timeout`, and the next transaction is served."""
    database = Database(url, timeout_s=0.2)
    with pytest.raises(DatabaseUnavailable) as unavailable:
        async with database.write() as connection:
            await connection.execute(text(SLOW[database.dialect]))
    assert unavailable.value.reason == "timeout"
    later = Database(url)
    await add(later, "a")
    await database.close()
    await later.close()


async def test_a_cancelled_transaction_leaves_nothing_and_the_database_usable(database: Database) -> None:
    """The connection is not given back half-way."""
    begun = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.write() as connection:
            await connection.execute(ADD, {"name": "a"})
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.ensure_future(write_and_wait())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await count(database) == 0
    await add(database, "a")
    assert await count(database) == 1


async def test_a_lock_of_another_process_is_waited_for_and_then_named(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`locked`; when the other one is done, it goes on."""
    monkeypatch.setattr(
        "liveroom.rooms.storage.engines.WRITER_PRAGMAS", ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=50")
    )
    database = Database(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await add(database, "a")
    assert unavailable.value.reason == "locked"
    other.execute("COMMIT")
    other.close()
    await add(database, "a")
    await database.close()


async def test_a_row_that_others_hold_is_waited_for_and_then_named(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`locked`, on PostgreSQL."""
    monkeypatch.setattr("liveroom.rooms.storage.engines.LOCK_WAIT_MS", 50)
    database = Database(postgresql_url)
    await add(database, "a")
    change = text("UPDATE counters SET value = 2")
    async with database.write() as first:
        await first.execute(change)
        with pytest.raises(DatabaseUnavailable) as unavailable:
            async with database.write() as second:
                await second.execute(change)
    await database.close()
    assert unavailable.value.reason == "locked"


async def test_a_full_disk_is_named_and_passes(sqlite_url: str) -> None:
    """`full`; what was committed before stays, and it goes on when there is space."""
    database = Database(sqlite_url)
    await add(database, "a")
    async with database.write() as connection:
        pages = await connection.scalar(text("PRAGMA page_count"))
        await connection.execute(text(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await add_many(database)
    assert unavailable.value.reason == "full"
    async with database.write() as connection:
        await connection.execute(text("PRAGMA max_page_count=1000000"))
    before = await count(database)
    await add(database, "b")
    assert await count(database) == before + 1
    await database.close()


async def test_a_database_that_went_away_is_used_again_when_it_is_back(postgresql_url: str) -> None:
    """All connections are cut; one call at most notices."""
    database = Database(postgresql_url)
    await add(database, "a")
    other = Database(postgresql_url)
    async with other.read() as connection:
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        await connection.execute(text(f"{cut} AND pid <> pg_backend_pid()"))
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await add(database, "b")
    assert unavailable.value.reason == "gone"
    await add(database, "c")
    assert await count(database) == 2
    await database.close()
    await other.close()


async def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """`gone`, for PostgreSQL and for a file that cannot be opened."""
    for url in (f"sqlite:///{tmp_path}/none/live.sqlite3", f"postgresql://u:secret@/db?host={tmp_path}"):
        database = Database(url)
        with pytest.raises(DatabaseUnavailable) as unavailable:
            await add(database, "a")
        await database.close()
        await see_threads_end()
        assert unavailable.value.reason == "gone"
        assert "secret" not in str(unavailable.value)


async def test_a_server_that_does_not_let_us_in_is_named(postgresql: Cluster) -> None:
    """A database or a user that does not exist."""
    for url in (postgresql.url("nowhere"), postgresql.url("postgres").replace("postgres@", "stranger@")):
        database = Database(url)
        with pytest.raises(DatabaseUnavailable) as unavailable:
            await add(database, "a")
        await database.close()
        assert unavailable.value.reason == "gone"


async def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """`damaged`."""
    (tmp_path / "live.sqlite3").write_bytes(b"this is a letter and no database " * 100)
    database = Database(f"sqlite:///{tmp_path / 'live.sqlite3'}")
    with pytest.raises(DatabaseUnavailable) as unavailable:
        await add(database, "a")
    await database.close()
    await see_threads_end()
    assert unavailable.value.reason == "damaged"


async def test_more_work_than_connections_waits_and_then_is_named(
    postgresql: Cluster, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pool is bounded, and so is the wait for it."""
    monkeypatch.setattr("liveroom.rooms.storage.engines.LOCK_WAIT_MS", 50)
    database = Database(postgresql_url, connections=2)
    async with database.write(), database.write():
        with pytest.raises(DatabaseUnavailable) as unavailable:
            await add(database, "a")
    await add(database, "a")
    await database.close()
    assert unavailable.value.reason == "locked"


def test_an_outage_is_retryable_and_says_why() -> None:
    """Every reason has its words."""
    assert set(SQLITE_CODES.values()) | set(SQLSTATES.values()) <= set(DATABASE_REASONS)
    for reason, words in DATABASE_REASONS.items():
        error = DatabaseUnavailable(reason)
        assert error.code == ErrorCode.UNAVAILABLE
        assert error.retryable
        assert error.as_object()["reason"] == reason
        assert words in error.message


def test_another_kind_of_database_is_refused() -> None:
    """By its name."""
    with pytest.raises(ValueError, match="mysql is not supported"):
        Database("mysql://u@h/d")
