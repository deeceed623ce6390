"""What the moving of bytes tells about itself, without knowing who listens.

`Telemetry` is the contract; the server implements it with Prometheus, tests and tools use `NullTelemetry`.
Promise: every call is synchronous, cheap (a few microseconds at most) and never raises.
Durations are in seconds, sizes in bytes. Strings that come from strangers may be passed as they are:
the listener collapses what it does not know to "other", so that nobody outside can grow a label.
"""

from __future__ import annotations

from typing import Protocol


class Telemetry(Protocol):
    """Listener of the realtime package. Names state what has happened."""

    def connection_opened(self) -> None:
        """A WebSocket handshake succeeded."""

    def connection_closed(self, code: int) -> None:
        """A WebSocket that had been opened is gone; `code` is its close code (1006 when there was none)."""

    def handshake_refused(self, reason: str) -> None:
        """A request was answered in HTTP before the upgrade; `reason` is a short fixed word such as "origin"."""

    def session_started(self, client: str) -> None:
        """`connect` was accepted; `client` is the name the client gives itself."""

    def command_answered(self, type_: str, seconds: float) -> None:
        """A command was answered `seconds` after it was read."""

    def step_taken(self, step: str, seconds: float) -> None:
        """A message has come through one step of its way, a fixed word such as "decode"; not told of each message."""

    def error_replied(self, type_: str, code: str) -> None:
        """A command or message was refused with `code`."""

    def resume_answered(self, outcome: str) -> None:
        """A join carried a position: "recovered", "snapshot" (the ring has moved on) or "epoch" (another epoch)."""

    def pong_received(self, seconds: float) -> None:
        """A client answered a ping after `seconds`."""

    def frames_sent(self, frame: str, count: int, size_bytes: int) -> None:
        """`count` frames of one kind ("events", "latest", …), `size_bytes` in all, were handed to transports."""

    def room_flushed(self, cost_s: float, tick_s: float) -> None:
        """A room was flushed; it cost `cost_s`, and its next tick comes after `tick_s` (0: at once)."""

    def event_delivered(self, kind: str, seconds: float, viewers: int) -> None:
        """An event was written to `viewers` connections, the last `seconds` after it was published."""

    def consumer_slowed(self, rung: str) -> None:
        """A connection went down one rung of the slow-consumer ladder."""

    def messages_shed(self, kind: str, count: int) -> None:
        """`count` messages of `kind` were left out by sampling."""

    def room_joined(self) -> None:
        """A connection became a member of a room."""

    def rooms_counted(self, rooms: int, members: int) -> None:
        """This process now serves `rooms` rooms with `members` members in all."""

    def loop_lagged(self, seconds: float) -> None:
        """The event loop ran a timer `seconds` late."""


class NullTelemetry:
    """A listener that hears nothing."""

    __slots__ = ()

    def connection_opened(self) -> None:
        """Ignore."""

    def connection_closed(self, code: int) -> None:
        """Ignore."""

    def handshake_refused(self, reason: str) -> None:
        """Ignore."""

    def session_started(self, client: str) -> None:
        """Ignore."""

    def command_answered(self, type_: str, seconds: float) -> None:
        """Ignore."""

    def step_taken(self, step: str, seconds: float) -> None:
        """Ignore."""

    def error_replied(self, type_: str, code: str) -> None:
        """Ignore."""

    def resume_answered(self, outcome: str) -> None:
        """Ignore."""

    def pong_received(self, seconds: float) -> None:
        """Ignore."""

    def frames_sent(self, frame: str, count: int, size_bytes: int) -> None:
        """Ignore."""

    def room_flushed(self, cost_s: float, tick_s: float) -> None:
        """Ignore."""

    def event_delivered(self, kind: str, seconds: float, viewers: int) -> None:
        """Ignore."""

    def consumer_slowed(self, rung: str) -> None:
        """Ignore."""

    def messages_shed(self, kind: str, count: int) -> None:
        """Ignore."""

    def room_joined(self) -> None:
        """Ignore."""

    def rooms_counted(self, rooms: int, members: int) -> None:
        """Ignore."""

    def loop_lagged(self, seconds: float) -> None:
        """Ignore."""
