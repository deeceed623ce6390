"""Databases that tests share one after the other: whoever gets one finds it as the migrations made it."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tests.support.databases import Cluster

LEFT = """
INSERT INTO outbox (lane, room, writer, payload, created_at_ms, attempts, next_at_ms)
VALUES ('x', 'r', 'w', '', 1, 0, 1) RETURNING id
"""


async def leave(url: str, *statements: str) -> asyncpg.Connection[asyncpg.Record]:
    """Do something in a database and stay connected."""
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    return connection


def test_nothing_that_was_left_is_found_by_the_next(postgresql: Cluster) -> None:
    async def numbered(url: str) -> object:
        connection = await asyncpg.connect(url)
        number = await connection.fetchval(LEFT)
        await connection.close()
        return number

    numbers, urls = [], []
    for _ in range(2):
        with postgresql.lend() as url:
            numbers.append(asyncio.run(numbered(url)))
            urls.append(url)
    assert urls[0] == urls[1]
    assert numbers == [1, 1]


async def test_who_is_still_connected_is_sent_away(postgresql: Cluster) -> None:
    def use() -> str:
        with postgresql.lend() as url:
            asyncio.run_coroutine_threadsafe(begin(url), loop).result(30)
            return url

    held: list[asyncpg.Connection[asyncpg.Record]] = []

    async def begin(url: str) -> None:
        held.append(await leave(url, "BEGIN", LEFT))

    loop = asyncio.get_running_loop()
    await asyncio.to_thread(use)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)):
        await held[0].execute("COMMIT")


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (number integer)",
        "DROP INDEX ix_documents_due_at_ms",
        "ALTER TABLE outbox ADD COLUMN more text",
        "UPDATE alembic_version SET version_num = '0000'",
        "CREATE SCHEMA more",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = ''UTC''', current_database()); END $$",
    ],
)
def test_one_that_was_changed_is_not_lent_again(postgresql: Cluster, change: str) -> None:
    async def alter(url: str) -> None:
        await (await leave(url, change)).close()

    with postgresql.lend() as url:
        asyncio.run(alter(url))
    with postgresql.lend() as other:
        assert other != url
