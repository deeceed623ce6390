"""PostgreSQL over TLS: what the URL says of it holds, and not a byte goes to a server with another certificate."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.storage.database import Database
from tests.support.certificates import make_certificate
from tests.support.databases import Cluster

HOST = "127.0.0.1"
WISH = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""SSLRequest (PostgreSQL, "Message Formats"). The server of the tests has no certificate; a line in front of it has."""


@asynccontextmanager
async def tls_line(socket: Path, tls: ssl.SSLContext, heard: bytearray) -> AsyncIterator[int]:
    """A port where TLS is asked for as PostgreSQL wants it; gives the port and keeps what clients say."""
    tasks: set[asyncio.Task[None]] = set()

    async def forward(source: asyncio.StreamReader, sink: asyncio.StreamWriter, kept: bytearray) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                kept.extend(data)
                sink.write(data)
        sink.close()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(len(WISH)) == WISH
        writer.write(b"S")
        try:
            await writer.start_tls(tls)
        except OSError:
            return
        there, back = await asyncio.open_unix_connection(str(socket))
        for task in (forward(reader, back, heard), forward(there, writer, bytearray())):
            tasks.add(asyncio.ensure_future(task))

    server = await asyncio.start_server(accept, HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ask(url: str) -> object:
    """One question."""
    database = Database(url)
    try:
        async with database.read() as connection:
            return await connection.scalar(text("SELECT 1"))
    finally:
        await database.close()


async def test_a_certificate_is_checked_when_the_url_says_so(postgresql: Cluster, tmp_path: Path) -> None:
    """With names of libpq, as those who run PostgreSQL for others hand them out."""
    mine = make_certificate(HOST, tmp_path)
    heard = bytearray()
    async with tls_line(postgresql.sockets / ".s.PGSQL.5432", mine.server, heard) as port:
        url = f"postgresql://postgres@{HOST}:{port}/postgres"
        assert await ask(f"{url}?sslmode=require") == 1
        assert await ask(f"{url}?sslmode=verify-full&sslrootcert={mine.authority}") == 1
        other = tmp_path / "other"
        other.mkdir()
        heard.clear()
        with pytest.raises(DatabaseUnavailable):
            await ask(f"{url}?sslmode=verify-full&sslrootcert={make_certificate(HOST, other).authority}")
        assert not heard
