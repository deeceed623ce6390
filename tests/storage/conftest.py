"""A database of each kind for every test, with the tables of the newest migration."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from liveroom.rooms.storage.database import Database
from tests.storage.desk import Desk
from tests.support.clock import FakeClock
from tests.support.databases import Cluster, lay_tables, running_postgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """One server for all tests."""
    with running_postgresql() as cluster:
        yield cluster


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """An embedded database with empty tables: that of a node with the data directory `data`."""
    return f"sqlite:///{lay_tables(tmp_path / 'data')}"


@pytest.fixture
def postgresql_url(postgresql: Cluster) -> Iterator[str]:
    """A PostgreSQL database with empty tables."""
    with postgresql.lend() as url:
        yield url


@pytest.fixture(params=["sqlite_url", "postgresql_url"], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A database of each kind."""
    made: str = request.getfixturevalue(request.param)
    return made


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    """It, opened."""
    database = Database(url)
    yield database
    await database.close()


@asynccontextmanager
async def opened(url: str, clock: FakeClock) -> AsyncIterator[Desk]:
    """Everything a process has around a database; nothing runs yet."""
    desk = Desk(Database(url), clock)
    try:
        yield desk
    finally:
        await desk.stop()
        await desk.database.close()


@pytest.fixture
async def desk(url: str, clock: FakeClock) -> AsyncIterator[Desk]:
    """On each kind of database."""
    async with opened(url, clock) as desk:
        yield desk


@pytest.fixture
async def sqlite_desk(sqlite_url: str, clock: FakeClock) -> AsyncIterator[Desk]:
    """On SQLite."""
    async with opened(sqlite_url, clock) as desk:
        yield desk


@pytest.fixture
async def postgresql_desk(postgresql_url: str, clock: FakeClock) -> AsyncIterator[Desk]:
    """On PostgreSQL."""
    async with opened(postgresql_url, clock) as desk:
        yield desk
