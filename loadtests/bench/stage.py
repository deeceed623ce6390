"""A contender on its core, ready for load, and gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from loadtests.bench.contenders import Contender
from loadtests.bench.machine import Cores
from loadtests.bench.servers import ServerProcess, find_port


@contextmanager
def run_server(
    contender: Contender, cores: Cores | None, *, has_room: bool = False
) -> Iterator[tuple[ServerProcess, int]]:
    """Start the server, prepare its room, and stop it in the end.

    Args:
        contender: whose server it is.
        cores: it is bound to the server's core; None: beside browsers, which need more than one, on any.
        has_room: another node of the same deployment has made it.

    Yields:
        The process and its port.

    Raises:
        BenchError: it did not start, or cannot run here.
    """
    port = find_port()
    plan = contender.start(port)
    with ServerProcess(
        plan.command,
        core=cores.server if cores is not None else None,
        environment=plan.environment,
        ready=lambda: contender.is_ready(port),
        directory=plan.directory,
    ) as server:
        if not has_room:
            contender.prepare(port)
        yield server, port
