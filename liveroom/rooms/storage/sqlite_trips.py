"""Connections of SQLite that cross to their thread and back once for each statement.

The driver crosses four times: for a cursor, the statement, its rows and its end. Each crossing hands the interpreter
from thread to thread, so a group commit of a dozen statements spent more time on crossings than on its rows.
Promise: towards SQLAlchemy nothing differs from the driver's own connections and cursors.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy import URL

ROWS_AT_A_TIME = 64
"""What the driver's own way of reading asks for; rows come all at once here."""


class Done(NamedTuple):
    """What a statement came to."""

    description: Any
    rowcount: int
    lastrowid: int | None
    rows: Sequence[Any]


NOTHING_DONE = Done(None, -1, None, ())


class OneTripConnection(aiosqlite.Connection):
    """See the module."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        """Nothing is opened before it is awaited."""
        super().__init__(connector, ROWS_AT_A_TIME)
        self._thread.daemon = True  # as SQLAlchemy has it: a process that ends in a hurry does not wait for a database
        self._is_settled = False
        self._is_ended = False

    def cursor(self) -> Any:
        """A cursor, without asking the thread for it."""
        return OneTripCursor(self)

    async def carry_out(self, work: Callable[[sqlite3.Connection], Done]) -> Done:
        """Do something in the thread of the connection."""
        self._is_settled = False
        execute: Any = self._execute  # the driver gives it no types
        done: Done = await execute(work, self._conn)
        return done

    async def commit(self) -> None:
        """Commit the transaction."""
        await super().commit()
        self._is_settled = True

    async def rollback(self) -> None:
        """Roll the transaction back; nothing is to be done right after a commit or another rollback."""
        if not self._is_settled:
            await super().rollback()
            self._is_settled = True

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread; None: it has its end before it already.

        SQLAlchemy ends the thread of who was cancelled while a close is under way; the driver's close then asked for a
        second end, which no thread would ever tell it of.
        """
        if self._is_ended:
            return None
        self._is_ended = True
        return super().stop()


class OneTripCursor:
    """One statement and its rows, as SQLAlchemy asks for them."""

    __slots__ = ("_connection", "_done", "arraysize")

    def __init__(self, connection: OneTripConnection) -> None:
        """Nothing is carried out yet."""
        self._connection = connection
        self._done = NOTHING_DONE
        self.arraysize = 1

    async def __aenter__(self) -> OneTripCursor:
        """It is ready."""
        return self

    @property
    def description(self) -> Any:
        """The columns of the rows, or None (PEP 249)."""
        return self._done.description

    @property
    def rowcount(self) -> int:
        """How many rows were changed, or -1."""
        return self._done.rowcount

    @property
    def lastrowid(self) -> int | None:
        """Of the last row that was inserted."""
        return self._done.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Carry a statement out and take its rows along."""
        self._done = await self._connection.carry_out(partial(_execute, statement, parameters))

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Carry a statement without rows out, once for each."""
        self._done = await self._connection.carry_out(partial(_execute_many, statement, parameters))

    async def fetchall(self) -> Sequence[Any]:
        """The rows, once."""
        rows, self._done = self._done.rows, self._done._replace(rows=())
        return rows

    async def close(self) -> None:
        """Nothing is held."""


def connect_in_one_trip(url: URL) -> Callable[[], Awaitable[OneTripConnection]]:
    """For `create_async_engine`: opens a connection to this database."""
    positional, named = url.get_dialect()().create_connect_args(url)
    connector = partial(sqlite3.connect, *positional, **named)

    async def connect() -> OneTripConnection:
        connection = OneTripConnection(connector)
        await connection
        return connection

    return connect


def _execute(statement: str, parameters: Sequence[Any], connection: sqlite3.Connection) -> Done:
    cursor = connection.execute(statement, parameters)
    try:
        rows = cursor.fetchall() if cursor.description else ()
        return Done(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
    finally:
        cursor.close()


def _execute_many(statement: str, parameters: Iterable[Sequence[Any]], connection: sqlite3.Connection) -> Done:
    cursor = connection.executemany(statement, parameters)
    try:
        return Done(None, cursor.rowcount, cursor.lastrowid, ())
    finally:
        cursor.close()
