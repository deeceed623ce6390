"""Bytes on their way to a peer: what its machine has confirmed, and how far a message has come that waits behind more.

Promise: the kernel is asked, nobody waits; on a system that does not say, nothing seems to be on its way.
"""

from __future__ import annotations

import fcntl
import socket
import sys
import termios
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from liveroom.realtime.connection import Connection

LEAST_BYTES = 16 * 1024
"""Who takes so many in one look after the other goes on reading. A byte now and then is not enough."""
TCP_INFO_BYTES = 128
TCP_INFO_ACKED = slice(120, 128)
"""Where `tcpi_bytes_acked` is in Linux's `struct tcp_info` (since 4.1)."""


@dataclass(slots=True)
class Passage:
    """A message behind others.

    Args:
        due_bytes: it has arrived when so many are confirmed.
        confirmed_bytes: at the last look.
    """

    due_bytes: int
    confirmed_bytes: int

    def goes_on(self, connection: Connection) -> bool:
        """Look again: whether it came nearer by `LEAST_BYTES`, or has arrived since the last look."""
        before, now = self.confirmed_bytes, confirmed_bytes(connection)
        if now is None or before >= self.due_bytes:
            return False
        self.confirmed_bytes = now
        return now >= self.due_bytes or now - before >= LEAST_BYTES


def follow(connection: Connection) -> Passage | None:
    """Look at what was written last; None when little is before it, or nobody knows."""
    before = connection.backlog_bytes() + unconfirmed_bytes(connection)
    if before < LEAST_BYTES:
        return None
    confirmed = confirmed_bytes(connection)
    return None if confirmed is None else Passage(confirmed + before, confirmed)


def unconfirmed_bytes(connection: Connection) -> int:
    """What the kernel keeps until the peer has confirmed it; 0 where it does not say."""
    plug = connection.transport.get_extra_info("socket")
    if plug is None:
        return 0
    try:
        answer = fcntl.ioctl(plug.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):
        # Not on every system; or the socket is closed, and its end is under way.
        return 0
    return int.from_bytes(answer, sys.byteorder)


def confirmed_bytes(connection: Connection) -> int | None:
    """What the peer's machine has confirmed since the beginning; None where the kernel does not say."""
    plug = connection.transport.get_extra_info("socket")
    if plug is None or sys.platform != "linux":
        return None
    try:
        answer: bytes = plug.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
    except (OSError, ValueError):
        return None
    return int.from_bytes(answer[TCP_INFO_ACKED], sys.byteorder) if len(answer) == TCP_INFO_BYTES else None
