"""Makes the engines of SQLAlchemy for each database, with what durability and bounded waiting need.

Promise: a commit on SQLite is on disk when it returns (WAL, `synchronous=FULL`); nothing waits for a lock without end.
"""

from __future__ import annotations

import math
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import orjson
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from liveroom.rooms.storage.sqlite_trips import connect_in_one_trip

LOCK_WAIT_MS = 2_000
"""Longest wait for a lock that another process holds."""
STATEMENT_MS = 4_000
CONNECT_S = 3.0
CHECKPOINT_PAGES = 4_000
"""WAL pages between checkpoints; the default of 1,000 makes one of some 250 group commits wait."""
JOURNAL_BYTES = 64 * 1024 * 1024
CACHE_KIB = 65_536
"""Pages that the writer keeps; with the default of 2 MB a large batch is written out before its commit, and again."""

TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
"""What a URL may say of TLS, as libpq has it: the driver reads them in a URL of its own only."""

WATCH = "watch"
"""Where in the `info` of a connection its `Watch` is."""
WATCH_STEPS = 50_000
"""Steps of SQLite's machine between two looks at the time: some ms."""

WRITER_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={LOCK_WAIT_MS}",
    f"cache_size=-{CACHE_KIB}",
    f"wal_autocheckpoint={CHECKPOINT_PAGES}",
    f"journal_size_limit={JOURNAL_BYTES}",
)
READER_PRAGMAS = ("query_only=ON", f"busy_timeout={LOCK_WAIT_MS}")


class Watch:
    """Ends a statement of SQLite that is still at work when its time is over, as PostgreSQL does by itself.

    Without it the statement of a transaction that was given up would go on in its thread and hold the write lock.
    """

    def __init__(self) -> None:
        self._until_s = math.inf

    def set(self, timeout_s: float) -> None:
        """Give the connection this many seconds from now."""
        self._until_s = time.monotonic() + timeout_s

    def __call__(self) -> bool:
        """Whether to end; called by SQLite, in the thread of the connection."""
        return time.monotonic() > self._until_s


def make_sqlite_writer(url: URL) -> AsyncEngine:
    """One connection, used by one transaction after the other; it takes the write lock at its beginning."""
    engine = _make_sqlite(url, WRITER_PRAGMAS, 1)

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def make_sqlite_readers(url: URL, connections: int) -> AsyncEngine:
    """Connections that cannot write and are not held up by the one that does; every statement stands alone."""
    return _make_sqlite(url, READER_PRAGMAS, connections, isolation_level="AUTOCOMMIT", skip_autocommit_rollback=True)


def make_postgresql(url: URL, connections: int) -> AsyncEngine:
    """One pool for everything."""
    tls = {name: value for name, value in url.query.items() if name in TLS}
    beside = {"dsn": f"postgresql://?{urlencode(tls)}"} if tls else {}
    settings = {
        "application_name": "liveroom",
        "statement_timeout": str(STATEMENT_MS),
        "lock_timeout": str(LOCK_WAIT_MS),
        "idle_in_transaction_session_timeout": str(2 * STATEMENT_MS),
    }
    return create_async_engine(
        url.difference_update_query(TLS),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_MS / 1000,
        skip_autocommit_rollback=True,
        connect_args={"timeout": CONNECT_S, "server_settings": settings, **beside},
        **_json(),
    )


def _make_sqlite(url: URL, pragmas: tuple[str, ...], connections: int, **options: Any) -> AsyncEngine:
    engine = create_async_engine(
        url,
        async_creator=connect_in_one_trip(url),
        pool_size=connections,
        max_overflow=0,
        pool_timeout=LOCK_WAIT_MS / 1000,
        **_json(),
        **options,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def set_up(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver starts no transactions of its own
        watch = record.info[WATCH] = Watch()
        try:
            connection.run_async(lambda driver: driver.set_progress_handler(watch, WATCH_STEPS))
            cursor = connection.cursor()
            for pragma in pragmas:
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()
        except BaseException:
            connection.close()  # the pool does not know it yet, and its thread would stay
            raise

    @event.listens_for(engine.sync_engine, "invalidate")
    def give_up_locks(connection: Any, _: ConnectionPoolEntry, __: BaseException | None) -> None:
        # A closed connection of SQLite keeps its locks as long as a statement of it is anywhere in memory.
        with suppress(Exception):
            connection.rollback()

    return engine


def _json() -> dict[str, Any]:
    return {"json_serializer": lambda value: orjson.dumps(value).decode(), "json_deserializer": orjson.loads}
