"""A statement crosses to the thread of its connection once, and SQLAlchemy finds everything as the driver has it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from liveroom.rooms.storage.sqlite_trips import OneTripConnection, connect_in_one_trip

ADD = "INSERT INTO t (v) VALUES (?)"


class Counting(OneTripConnection):
    """Counts how often it crosses."""

    trips = 0

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self.trips += 1
        execute: Any = super()._execute
        return await execute(fn, *args, **kwargs)


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Counting]:
    """To a file with a table, as the engines open it: it begins no transactions by itself."""
    opened = Counting(lambda: sqlite3.connect(tmp_path / "t.sqlite3", isolation_level=None, check_same_thread=False))
    await opened
    await opened.cursor().execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE)")
    opened.trips = 0
    yield opened
    await opened.close()


async def test_a_statement_with_rows_is_one_crossing(connection: Counting) -> None:
    cursor = connection.cursor()
    await cursor.execute(f"{ADD}, (?) RETURNING id, v", ("a", "b"))
    assert [column[0] for column in cursor.description] == ["id", "v"]
    assert await cursor.fetchall() == [(1, "a"), (2, "b")]
    assert await cursor.fetchall() == ()
    await cursor.close()
    assert connection.trips == 1


async def test_what_was_changed_is_told(connection: Counting) -> None:
    cursor = connection.cursor()
    assert (cursor.description, cursor.rowcount, cursor.lastrowid) == (None, -1, None)
    await cursor.executemany(ADD, [("a",), ("b",), ("c",)])
    assert (cursor.description, cursor.rowcount) == (None, 3)
    await cursor.execute(ADD, ("d",))
    assert (cursor.rowcount, cursor.lastrowid) == (1, 4)
    assert connection.trips == 2


async def test_after_a_commit_there_is_nothing_to_roll_back_but_after_a_statement_there_is(
    connection: Counting,
) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute(ADD, ("kept",))
    await connection.commit()
    await connection.rollback()
    assert connection.trips == 3
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute(ADD, ("lost",))
    await connection.rollback()
    await cursor.execute("SELECT v FROM t")
    assert await cursor.fetchall() == [("kept",)]
    assert not connection.in_transaction


async def test_a_statement_that_fails_leaves_a_transaction_to_roll_back(connection: Counting) -> None:
    cursor = connection.cursor()
    await cursor.execute("BEGIN IMMEDIATE")
    await connection.commit()
    await cursor.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.IntegrityError):
        await cursor.executemany(ADD, [("a",), ("a",)])
    await connection.rollback()
    assert not connection.in_transaction


async def test_a_commit_that_nobody_waits_for_any_more_is_followed_by_a_rollback(connection: Counting) -> None:
    """Whether it took place is not known, so nothing is taken for settled."""
    await connection.cursor().execute("BEGIN IMMEDIATE")
    committing = asyncio.ensure_future(connection.commit())
    await asyncio.sleep(0)
    committing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await committing
    before = connection.trips
    await connection.rollback()
    assert connection.trips == before + 1


async def test_a_close_that_the_end_of_the_thread_overtakes_comes_to_an_end(connection: Counting) -> None:
    """As when a transaction is cancelled: its connection is closed, and ended without waiting for that."""
    closing = asyncio.ensure_future(connection.close())
    await asyncio.sleep(0)
    ended = connection.stop()
    assert ended
    async with asyncio.timeout(60):
        await asyncio.gather(closing, ended)


async def test_a_close_after_the_end_of_the_thread_says_so_at_once(connection: Counting) -> None:
    ended = connection.stop()
    assert ended
    async with asyncio.timeout(60):
        with pytest.raises(ValueError, match="closed"):
            await connection.close()
        await ended


async def test_a_url_is_opened_as_the_dialect_says(tmp_path: Path) -> None:
    connection = await connect_in_one_trip(make_url(f"sqlite+aiosqlite:///{tmp_path / 'x.sqlite3'}"))()
    await connection.close()
    assert (tmp_path / "x.sqlite3").exists()
