"""Free ports for servers of tests."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import socket

MOST_WORKERS = 16
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = range(20_000 + WORKER % MOST_WORKERS, 30_000, MOST_WORKERS)
"""Each process of a test run has its own, so that no two servers are given the same one."""


_IN_TURN = itertools.cycle(random.sample(PORTS, len(PORTS)))
"""Whoever asks for several before the first is listened at gets different ones."""


def free_port() -> int:
    """A port below those that systems give to outgoing connections, which could take it before the server does."""
    for port in itertools.islice(_IN_TURN, len(PORTS)):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError(f"no port of {PORTS} is free")
