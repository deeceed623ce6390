"""Readiness knows whether the database answers, and asking for it costs the database next to nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.storage.database import Database
from liveroom.server import database_probe
from liveroom.server.application import make_application
from liveroom.server.database_probe import DatabaseProbe
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from tests.support.clock import FakeClock


class Asked:
    """A database that counts its reads and fails or hangs when told."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.is_away = self.hangs = False
        self._read = database.read
        monkeypatch.setattr(database, "read", self.read)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        self.count += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.is_away:
            raise DatabaseUnavailable("gone")
        inner: AbstractAsyncContextManager[AsyncConnection] = self._read()
        async with inner as connection:
            yield connection


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'live.sqlite3'}")
    async with database.write():
        """The file is there."""
    yield database
    await database.close()


@pytest.fixture
def asked(database: Database, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(database, monkeypatch)


async def test_many_questions_are_one_read_a_second(database: Database, asked: Asked, clock: FakeClock) -> None:
    probe = DatabaseProbe(database, clock)
    assert all(await asyncio.gather(*(probe.is_reachable() for _ in range(100))))
    clock.advance(900)
    assert await probe.is_reachable()
    assert asked.count == 1
    asked.is_away = True
    clock.advance(100)
    assert not await probe.is_reachable()
    assert asked.count == 2


async def test_a_database_that_hangs_is_away_after_a_while(
    database: Database, asked: Asked, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_probe, "ANSWER_S", 0.02)
    asked.hangs = True
    assert not await DatabaseProbe(database, clock).is_reachable()


async def test_who_gives_up_asking_does_not_end_the_question(
    database: Database, asked: Asked, clock: FakeClock
) -> None:
    probe = DatabaseProbe(database, clock)
    impatient = asyncio.ensure_future(probe.is_reachable())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await probe.is_reachable()
    assert asked.count == 1
    await probe.stop()


async def test_a_node_without_its_database_is_not_ready(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is again, once it is back."""
    node = Node(load_settings(data_dir=tmp_path), clock)
    await node.start()
    asked = Asked(node.storage.database, monkeypatch)
    transport = httpx.ASGITransport(make_application(node))
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as client:
        found = []
        for asked.is_away in (False, True, False):
            clock.advance(1_000)
            answer = await client.get("/readyz")
            found.append((answer.status_code, answer.json()["status"]))
    await node.stop()
    assert found == [(200, "ready"), (503, "database"), (200, "ready")]
