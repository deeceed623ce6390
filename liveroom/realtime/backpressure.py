"""Connections whose buffer is full: who goes on reading may stay, however thin the line; who does not has to go.

Promise: from the moment its buffer passes the first mark until it has drained, a connection takes `LEAST_BYTES` in
every `slow_close_s`, or it is closed with 4100 by the next sweep. Taken is what the peer's machine has confirmed: the
kernel of this one takes large pieces at a time, so that a thin line would seem to stand still for seconds.

Meanwhile it may go on asking, since who is far behind in a room must not be deaf: it is read until `ASKED_BYTES` wait
for it, and is closed when those to what had been read already exceed `ASKED_MOST_BYTES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import CloseCode
from liveroom.realtime.passage import LEAST_BYTES, unconfirmed_bytes
from liveroom.realtime.telemetry import Telemetry

if TYPE_CHECKING:
    from liveroom.realtime.connection import Connection

ASKED_BYTES = 64 * 1024
"""Answers that are written to a full buffer before nothing more is read, until it has drained."""
ASKED_MOST_BYTES = 512 * 1024
"""And before the connection is closed, whatever it has asked for. Above what honest people have under way at a time."""
RETRY_MS = 1_000


@dataclass(slots=True)
class _Progress:
    taken_bytes: int
    since_s: float
    answered_bytes: int = 0


class Backpressure:
    """See the module.

    Args:
        slow_close_s: how long a connection may need for `LEAST_BYTES`; with 5 s: 26 kbit/s.
    """

    def __init__(self, clock: Clock, telemetry: Telemetry, slow_close_s: float) -> None:
        self._clock = clock
        self._telemetry = telemetry
        self._slow_close_s = slow_close_s
        self._full: dict[Connection, _Progress] = {}

    def begin(self, connection: Connection) -> None:
        """A buffer passed the first mark."""
        self._full[connection] = _Progress(_taken_bytes(connection), self._clock.monotonic_s())

    def end(self, connection: Connection) -> None:
        """It has drained, or the connection ends; nothing when it was not full."""
        self._full.pop(connection, None)

    def allow(self, connection: Connection, size: int) -> bool:
        """Count an answer of so many bytes; False when there have been too many, and the connection is closed."""
        progress = self._full.get(connection)
        if progress is None:
            return True
        if progress.answered_bytes > ASKED_MOST_BYTES:
            self._close(connection)
            return False
        progress.answered_bytes += size
        if progress.answered_bytes > ASKED_BYTES:
            connection.transport.pause_reading()
        return True

    def may_ask(self, connection: Connection) -> bool:
        """Whether more of it may be read."""
        progress = self._full.get(connection)
        return progress is None or progress.answered_bytes <= ASKED_BYTES

    def sweep(self) -> None:
        """Close who has not taken enough; called about once a second."""
        now_s = self._clock.monotonic_s()
        for connection, progress in list(self._full.items()):
            taken_bytes = _taken_bytes(connection)
            # What a flush that was under way has written is not counted as fed, and nobody is to be blamed for it.
            progress.taken_bytes = min(progress.taken_bytes, taken_bytes)
            if taken_bytes - progress.taken_bytes >= LEAST_BYTES:
                progress.taken_bytes, progress.since_s = taken_bytes, now_s
            elif now_s - progress.since_s >= self._slow_close_s:
                self._close(connection)

    def _close(self, connection: Connection) -> None:
        self._telemetry.consumer_slowed("closed")
        connection.close(CloseCode.SLOW_CONSUMER, retry_after_ms=RETRY_MS)


def _taken_bytes(connection: Connection) -> int:
    """What the peer has confirmed of all that was fed; only differences mean something."""
    return connection.fed_bytes - connection.backlog_bytes() - unconfirmed_bytes(connection)
