"""The database of this process: transactions that write, and reads beside them.

Promise: what `write` has left without an exception is durable; every wait ends, with `DatabaseUnavailable` and its
reason. After an exception out of `write` nothing is known to be kept: the commit itself may have been cut off.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from sqlalchemy import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.storage.engines import WATCH, Watch, make_postgresql, make_sqlite_readers, make_sqlite_writer
from liveroom.rooms.storage.faults import named_faults
from liveroom.rooms.storage.portable import DialectName

TRANSACTION_S = 5.0
READERS = 4
DRIVERS: dict[str, str] = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}


class Database:
    """See the module. Nothing is opened before the first use.

    Args:
        url: `sqlite:////path/to/file` or `postgresql://user:password@host/name`.
        connections: most connections at the same time (PostgreSQL).
        timeout_s: longest time for one transaction, waiting for a connection included.

    Raises:
        ValueError: the URL names another kind of database.
    """

    def __init__(self, url: str | URL, *, connections: int = 10, timeout_s: float = TRANSACTION_S) -> None:
        parsed = make_url(url)
        driver = DRIVERS.get(parsed.get_backend_name())
        if driver is None:
            raise ValueError(f"{parsed.get_backend_name()} is not supported; use postgresql or sqlite")
        self.url = parsed.set(drivername=driver)
        self.dialect: DialectName = "sqlite" if driver.startswith("sqlite") else "postgresql"
        self._timeout_s = timeout_s
        if self.dialect == "sqlite":
            self._writer = make_sqlite_writer(self.url)
            self._reader = make_sqlite_readers(self.url, READERS)
        else:
            self._writer = make_postgresql(self.url, connections)
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def write(self, timeout_s: float | None = None) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back on an exception.

        Args:
            timeout_s: another bound than the usual one.

        Raises:
            DatabaseUnavailable: see the module.
        """
        timeout_s = timeout_s or self._timeout_s
        with named_faults():
            async with asyncio.timeout(timeout_s), self._writer.begin() as connection:
                _watch(connection, timeout_s)
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; each statement sees what is committed when it starts.

        Raises:
            DatabaseUnavailable: see the module.
        """
        with named_faults():
            async with asyncio.timeout(self._timeout_s), self._reader.connect() as connection:
                _watch(connection, self._timeout_s)
                yield connection

    async def warm(self) -> None:
        """Open the readers of an embedded database, so that none is opened later by a task that may be cancelled.

        Raises:
            DatabaseUnavailable: see the module.
        """
        if self.dialect == "sqlite":
            async with AsyncExitStack() as stack:
                for _ in range(READERS):
                    await stack.enter_async_context(self.read())

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()
        await self._reader.dispose()


def _watch(connection: AsyncConnection, timeout_s: float) -> None:
    watch = connection.info.get(WATCH)
    if isinstance(watch, Watch):
        watch.set(timeout_s)
