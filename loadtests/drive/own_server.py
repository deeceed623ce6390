"""Servers that `liveroom loadtest` starts itself, on a core of their own: liveroom, or the trivial one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from loadtests.bench.live_server import LiveServer
from loadtests.bench.machine import Cores
from loadtests.bench.servers import ServerProcess, accepts, find_port

TRIVIAL: Final = ("-m", "loadtests.drive.trivial_server")
_REPOSITORY: Final = Path(__file__).resolve().parents[2]


@contextmanager
def run_liveroom(connections: int, cores: Cores) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A node with a database that is thrown away.

    Args:
        connections: how many will be open at the same time.
        cores: it is bound to the server's.

    Yields:
        Its address, and the secrets a run needs.

    Raises:
        BenchError: it did not start.
    """
    contender = LiveServer(connections, rooms=("unused",))
    port = find_port()
    plan = contender.start(port)
    with ServerProcess(
        plan.command, core=cores.server, environment=plan.environment, ready=lambda: contender.is_ready(port)
    ):
        yield (
            f"http://127.0.0.1:{port}",
            {
                "LIVEROOM_SECRET": contender.tokens.secret,
                "LOADTEST_API_KEY": contender.api_key,
            },
        )


@contextmanager
def run_trivial(cores: Cores, program: tuple[str, ...] = TRIVIAL) -> Iterator[str]:
    """The trivial server, or a program in its place; yields its address. Raises BenchError."""
    port = find_port()
    path = os.pathsep.join(filter(None, (str(_REPOSITORY), os.environ.get("PYTHONPATH"))))
    with ServerProcess(
        [sys.executable, *program, str(port)],
        core=cores.server,
        environment={"PYTHONPATH": path},
        ready=lambda: accepts(port),
    ):
        yield f"http://127.0.0.1:{port}"
