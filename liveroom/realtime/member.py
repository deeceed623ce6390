"""One connection in one room: how far it is and how fast it reads.

The ladder for slow readers, as a table:

    fast      gets every flush
    late      joined or caught up since the last flush: gets only what it lacks, then is fast
    slow      its buffer passed the first mark: events go on, `latest` stops
    lagging   passed the second mark: nothing is sent, only the cursor is kept
    lost      the ring moved past the cursor: told to resync, waits for its join

From slow and lagging a drained buffer leads back; who does not read is closed (`backpressure.py`). Who resumes and
lacks more than an answer holds begins as lagging.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from liveroom.realtime.identity import Role

LAG_BYTES = 256 * 1024
"""Second mark: above this backlog a connection is sent nothing more."""
PAUSE_BYTES = 64 * 1024
"""First mark: the high-water mark of the transport."""
RESUME_BYTES = 16 * 1024
"""A buffer drained to this is healthy again."""


class Consumer(Protocol):
    """What the fan-out needs to know of a connection."""

    deflate: bool

    @property
    def is_paused(self) -> bool:
        """Whether its buffer passed the first mark and has not drained since."""

    @property
    def write(self) -> Callable[[bytes], None]:
        """Hand framed bytes to the transport; never waits."""

    def feed(self, data: bytes) -> None:
        """The same for one whose buffer may be full."""

    def backlog_bytes(self) -> int:
        """Bytes that the transport has not yet given to the kernel."""

    def send(self, payload: bytes) -> None:
        """Frame and write one message."""


class Pace(Enum):
    """Where on the ladder a member stands."""

    FAST = "fast"
    LATE = "late"
    SLOW = "slow"
    LAGGING = "lagging"
    LOST = "lost"


class Member:
    """A connection's place in a room.

    Args:
        consumer: the connection.
        role: its role in this room; staff get the pushes for roles.
    """

    __slots__ = ("consumer", "cursor", "pace", "role")

    def __init__(self, consumer: Consumer, role: Role) -> None:
        self.consumer = consumer
        self.role = role
        self.pace = Pace.LOST
        self.cursor = 0
