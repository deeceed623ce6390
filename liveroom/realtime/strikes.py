"""Closes a connection whose peer goes on with what is refused.

A fault or an excess is answered with its error first, each of them; who collects too many of those is closed, with the
code that says what a client should do about it. Promise: an honest client with a fault of its own is told some thirty
times, and once a second in the long run, before it is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from liveroom.realtime.codes import CloseCode, ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.limits import Bucket

if TYPE_CHECKING:
    from liveroom.realtime.connection import Connection

STRIKES_PER_S = 1.0
STRIKES_BURST = 30.0
FRAMES_PER_S = 100.0
FRAMES_BURST = 1_000.0
"""Frames that need the complete parser, some 20 µs each: pings, fragments, compressed messages. Above it: 4101."""

CLOSES: dict[str, CloseCode] = {
    ErrorCode.RATE_LIMITED: CloseCode.RATE_LIMITED,
    ErrorCode.FORBIDDEN: CloseCode.FORBIDDEN,
    ErrorCode.BANNED: CloseCode.FORBIDDEN,
    ErrorCode.GUESTS_NOT_ALLOWED: CloseCode.FORBIDDEN,
    ErrorCode.MUTED: CloseCode.FORBIDDEN,
    ErrorCode.INVALID_TOKEN: CloseCode.INVALID_TOKEN,
    ErrorCode.NOT_JOINED: CloseCode.BAD_MESSAGE,
    ErrorCode.ROOM_NOT_FOUND: CloseCode.BAD_MESSAGE,
    ErrorCode.TOO_MANY_ROOMS: CloseCode.BAD_MESSAGE,
}
"""Refusals of commands that a client brings upon itself by asking again, and the close that ends it."""

LEAST_RETRY_MS = 1_000


def count_refusal(connection: Connection, error: RealtimeError) -> None:
    """A command was refused, and that has been told; only what is in `CLOSES` counts."""
    code = CLOSES.get(error.code)
    if code is not None:
        strike(connection, code, retry_after_ms=error.retry_after_ms)


def count_frames(connection: Connection, frames: int) -> None:
    """Count frames that were not ordinary ones; who sends too many is closed."""
    if not frames:
        return
    now_s = connection.gateway.clock.monotonic_s()
    connection.frames = connection.frames or Bucket(FRAMES_BURST, now_s)
    if connection.frames.take(FRAMES_PER_S, FRAMES_BURST, frames, now_s):
        connection.close(CloseCode.RATE_LIMITED, "too many frames", retry_after_ms=LEAST_RETRY_MS)


def strike(connection: Connection, code: CloseCode, *, cost: int = 1, retry_after_ms: int | None = None) -> None:
    """Count something against a connection and close it with `code` when it was too much.

    Args:
        cost: how many it counts for.
        retry_after_ms: lower bound for the next try, where coming back may help.
    """
    if connection.is_ending():
        return
    now_s = connection.gateway.clock.monotonic_s()
    if connection.strikes is None:
        connection.strikes = Bucket(STRIKES_BURST, now_s)
    if not connection.strikes.take(STRIKES_PER_S, STRIKES_BURST, cost, now_s):
        return
    if code is CloseCode.RATE_LIMITED:
        connection.close(code, retry_after_ms=max(LEAST_RETRY_MS, retry_after_ms or 0))
    else:
        connection.close(code)
