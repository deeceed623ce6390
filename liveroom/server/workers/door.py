"""The port that several processes listen on: each has a socket of its own, and the kernel spreads who comes over them.

With one socket for all, the process that was idle last would take nearly everybody (epoll wakes the last one first),
and WebSockets stay where they arrived. A process that dies takes its socket with it, so nobody waits in its queue.
"""

from __future__ import annotations

import socket
from contextlib import ExitStack

from liveroom.server.errors import ConfigurationRefused


def reserve(host: str, port: int) -> tuple[int, list[socket.socket]]:
    """Take a port for workers to come; the sockets hold it and get no connections.

    Args:
        port: 0: any that is free.

    Returns:
        The port.

    Raises:
        ConfigurationRefused: it is taken, or cannot be taken.
    """
    try:
        # Alone first: with SO_REUSEPORT another program of this user that shares its port would not be noticed.
        taken = open_sockets(host, port, is_shared=False)
        port = taken[0].getsockname()[1]
        for each in taken:
            each.close()
        return port, open_sockets(host, port, is_shared=True)
    except OSError as error:
        text = f"LIVEROOM_HOST, LIVEROOM_PORT: cannot listen on {host} port {port}: {error.strerror or error}"
        raise ConfigurationRefused([text]) from None


def open_sockets(host: str, port: int, *, is_shared: bool) -> list[socket.socket]:
    """A socket for each address of `host`, bound and not listening yet.

    Raises:
        OSError: an address is taken or not ours.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    opened: list[socket.socket] = []
    with ExitStack() as stack:
        for family, kind, protocol, _, address in dict.fromkeys(found):
            opened.append(stack.enter_context(socket.socket(family, kind, protocol)))
            opened[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if is_shared:
                opened[-1].setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                opened[-1].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened[-1].bind((address[0], port, *address[2:]))
            port = port or opened[-1].getsockname()[1]
        stack.pop_all()
    return opened
