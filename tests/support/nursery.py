"""A process that has loaded the server and forks one for each that a test asks for: seconds less than a cold start.

Started by `forked.py`: `python -m tests.support.nursery FD`, with one end of a Unix socket. A request is
`{"words": [...], "env": {...}, "constants": {...}}` with two files: where the server logs, and where its process id and
then its exit status are told. What comes out of the fork runs the command `liveroom` from its first line, with this
environment and the signals of a new process; constants of modules, by their full names, have other values there if a
test wants it.

Promise: it ends when the other end of the socket is closed, and so do, on SIGTERM, servers that still run then: a
test run that was killed leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import struct
import sys
import threading
from typing import Any

from liveroom.realtime.catalogue import catalogue
from liveroom.realtime.decoder import Decoder
from liveroom.server.cli import main
from liveroom.server.workers.tether import tether

MOST_BYTES = 200_000
FILES = 2
NUMBER = struct.Struct("=i")
LATE = (
    "aiosqlite",
    "alembic.command",
    "alembic.runtime.migration",
    "asyncpg",
    "hiredis",
    "liveroom.server.serve",
    "liveroom.server.workers.supervisor",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
)
"""What a server imports when it needs it."""


def load() -> None:
    """Import and compile all that a server of any settings would."""
    for name in LATE:
        importlib.import_module(name)
    Decoder(catalogue)
    assert threading.active_count() == 1, "a process with threads must not fork"
    gc.collect()
    gc.freeze()


def serve_requests(requests: socket.socket) -> list[str] | None:
    """Fork for each; gives the words of its command in the server, and None in this process at the end."""
    nursery = os.getpid()
    while True:
        data, files, *_ = socket.recv_fds(requests, MOST_BYTES, FILES)
        if not data:
            return None
        if os.fork() == 0:
            requests.close()
            tether(nursery)
            return keep(json.loads(data), *files)
        for each in files:
            os.close(each)


def keep(request: dict[str, Any], log: int, told: int) -> list[str]:
    """Fork the server, wait for its end and tell it; returns in the server only."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    keeper = os.getpid()
    pid = os.fork()
    if pid == 0:
        tether(keeper)
        os.close(told)
        return become(request, log)
    os.close(log)
    os.write(told, NUMBER.pack(pid))
    _, status = os.waitpid(pid, 0)
    with contextlib.suppress(BrokenPipeError):
        os.write(told, NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def become(request: dict[str, Any], log: int) -> list[str]:
    """Take over what a new process would have; gives its words."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.close(log)
    os.environ.clear()
    os.environ.update(request["env"])
    gc.unfreeze()
    for name, value in request["constants"].items():
        module, _, constant = name.rpartition(".")
        assert hasattr(importlib.import_module(module), constant), name
        setattr(importlib.import_module(module), constant, value)
    words: list[str] = request["words"]
    return words


if __name__ == "__main__":
    # Whoever presses Ctrl-C means the tests, which end their servers themselves.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    load()
    words = serve_requests(socket.socket(fileno=int(sys.argv[1])))
    if words is not None:
        main(words, prog_name="liveroom")
