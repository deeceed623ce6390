"""The database fails while everybody taps: nobody is told what is not so, and later the same taps count once."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from liveroom.rooms.errors import DatabaseUnavailable
from tests.storage.coupons.shop import HOUR_MS, Shop, opened
from tests.support.clock import START_MS, FakeClock
from tests.support.databases import Cluster

STOCK = 150
VIEWERS = 200
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


@pytest.fixture
def sqlite_home(tmp_path: Path) -> str:
    """The URL by which a shop is told to use the file in its own directory."""
    return f"sqlite:///{tmp_path / 'data' / 'liveroom.sqlite3'}"


async def tap_all(shop: Shop, viewers: int) -> list[dict[str, Any] | BaseException]:
    """Everybody taps once, under a key of their own."""
    taps = (shop.claim(f"u{number}") for number in range(viewers))
    return await asyncio.gather(*taps, return_exceptions=True)


def reasons(outcomes: list[dict[str, Any] | BaseException]) -> set[str]:
    """Why taps could not be written; each says that it can be tried again."""
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert all(isinstance(each, DatabaseUnavailable) and each.retryable for each in refused), refused
    return {each.reason for each in refused if isinstance(each, DatabaseUnavailable)}


async def check_books(shop: Shop, told: list[dict[str, Any] | BaseException], granted: int) -> None:
    """As many are granted as were told so, each is kept, and a repeat gets the same answer."""
    won = {number: each for number, each in enumerate(told) if isinstance(each, dict) and each["outcome"] == "granted"}
    assert len(won) == granted
    assert (await shop.report()).issued == granted
    rows = await shop.read("SELECT id, user_id FROM coupon_grants")
    assert {(row.id, row.user_id) for row in rows} == {(each["grant"]["id"], f"u{n}") for n, each in won.items()}
    number, first = next(iter(won.items()))
    assert await shop.claim(f"u{number}") == {**first, "duplicate": True}


async def test_a_disk_that_is_full_costs_nobody_a_coupon(tmp_path: Path, sqlite_home: str, clock: FakeClock) -> None:
    async with opened(sqlite_home, tmp_path / "data", clock) as shop:
        await shop.campaign(drops=[{"ends_at": START_MS + HOUR_MS, "stock": STOCK}])
        await limit_pages(shop, 1)
        assert reasons(await tap_all(shop, VIEWERS)) == {"full"}
        assert (await shop.report()).issued == 0
        await limit_pages(shop, 1_000_000)
        told = await tap_all(shop, VIEWERS)
        assert reasons(told) == set()
        await check_books(shop, told, STOCK)


async def limit_pages(shop: Shop, most: int) -> None:
    """Let the file grow no further; SQLite takes the size that it has for the least."""
    async with shop.node.storage.database.write() as connection:
        await connection.execute(text(f"PRAGMA max_page_count={most}"))


async def test_a_database_that_another_program_holds_is_waited_for_and_then_named(
    tmp_path: Path, sqlite_home: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "liveroom.rooms.storage.engines.WRITER_PRAGMAS", ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=20")
    )
    async with opened(sqlite_home, tmp_path / "data", clock) as shop:
        await shop.campaign(drops=[{"ends_at": START_MS + HOUR_MS, "stock": STOCK}])
        other = sqlite3.connect(next((tmp_path / "data").glob("*.sqlite3")), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert reasons(await tap_all(shop, VIEWERS)) == {"locked"}
        other.execute("ROLLBACK")
        other.close()
        told = await tap_all(shop, VIEWERS)
        assert reasons(told) == set()
        await check_books(shop, told, STOCK)


async def test_a_postgresql_that_goes_away_under_load_and_comes_back_loses_and_doubles_nothing(
    postgresql: Cluster, postgresql_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    name = str(make_url(postgresql_url).database)
    async with opened(postgresql_url, tmp_path / "data", clock) as shop:
        await shop.campaign(drops=[{"ends_at": START_MS + HOUR_MS, "stock": STOCK}])
        told: dict[str, dict[str, Any]] = {}
        failed, is_back = asyncio.Event(), asyncio.Event()

        async def insist(user: str) -> None:
            while user not in told:
                [outcome] = await asyncio.gather(shop.claim(user), return_exceptions=True)
                if isinstance(outcome, dict):
                    told[user] = outcome
                else:
                    assert reasons([outcome]) <= {"gone", "timeout"}
                    failed.set()
                    await is_back.wait()

        first = [asyncio.ensure_future(insist(f"u{number}")) for number in range(VIEWERS // 2)]
        await send_away(postgresql, name)
        rest = [asyncio.ensure_future(insist(f"u{number}")) for number in range(VIEWERS // 2, VIEWERS)]
        await failed.wait()
        await postgresql.run(f"ALTER DATABASE {name}_away RENAME TO {name}")
        is_back.set()
        await asyncio.gather(*first, *rest)
        await check_books(shop, [told[f"u{number}"] for number in range(VIEWERS)], STOCK)


async def send_away(postgresql: Cluster, name: str) -> None:
    """Cut all connections to a database, in the middle of whatever they do, and let no new ones in."""
    is_away = False
    while not is_away:
        await postgresql.run(CUT.format(name=name))
        with suppress(DBAPIError):  # the node was quicker, and is in it again
            await postgresql.run(f"ALTER DATABASE {name} RENAME TO {name}_away")
            is_away = True
