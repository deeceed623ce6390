"""What can go wrong between a user of the load test and the server. All of it is counted, none of it ends a run."""

from __future__ import annotations


class LineError(Exception):
    """Base of everything a user's socket gives up on; `reason` is short enough to count by."""

    code = "line_failed"
    retryable = True

    def __init__(self, reason: str) -> None:
        """Say why."""
        super().__init__(reason)
        self.reason = reason


class NotConnected(LineError):
    """No WebSocket came about."""

    code = "not_connected"


class Cut(LineError):
    """The connection ended although nobody here wanted it."""

    code = "cut"
