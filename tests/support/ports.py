"""Free ports for servers of tests."""

from __future__ import annotations

import contextlib
import random
import socket

PORTS = range(20_000, 30_000)


def free_port() -> int:
    """A port below those that systems give to outgoing connections, which could take it before the server does."""
    for port in random.sample(PORTS, len(PORTS)):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError(f"no port of {PORTS} is free")
