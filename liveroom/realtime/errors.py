"""Errors of the realtime package.

RealtimeError
├── WireError         a message that cannot be read or accepted; answered with an `error` frame
├── HandshakeRefused  an upgrade that is refused in HTTP
└── BackplaneUnavailable  the nodes cannot be reached now
"""

from __future__ import annotations

from liveroom.realtime.codes import RETRYABLE, ErrorCode


class RealtimeError(Exception):
    """Root of the tree.

    Args:
        code: one of `ErrorCode`, or a code of the package that raises a subclass.
        message: one sentence for a person, without internals.
        retry_after_ms: lower bound for the next try, where one is known.
        facts: further fields of the `error` object on the wire (`field`, `room`, …).
    """

    def __init__(self, code: str, message: str, *, retry_after_ms: int | None = None, **facts: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after_ms = retry_after_ms
        self.facts = facts

    @property
    def retryable(self) -> bool:
        """Whether sending the same again can succeed."""
        return self.code in RETRYABLE

    def as_object(self) -> dict[str, object]:
        """The `error` object of the wire."""
        error: dict[str, object] = {"code": self.code, "message": self.message, "retryable": self.retryable}
        if self.retry_after_ms is not None:
            error["retry_after_ms"] = self.retry_after_ms
        error.update(self.facts)
        return error


class WireError(RealtimeError):
    """A message was not understood or not allowed; `command_id` is its `id` where one could be read."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        command_id: int | None = None,
        retry_after_ms: int | None = None,
        **facts: str | int,
    ) -> None:
        super().__init__(code, message, retry_after_ms=retry_after_ms, **facts)
        self.command_id = command_id


class HandshakeRefused(RealtimeError):
    """The upgrade is answered with an HTTP status instead of 101."""

    def __init__(self, status: int, message: str, *, reason: str, retry_after_s: int | None = None) -> None:
        super().__init__(ErrorCode.FORBIDDEN if status == 403 else ErrorCode.UNAVAILABLE, message)
        self.status = status
        self.reason = reason
        self.retry_after_s = retry_after_s


class BackplaneUnavailable(RealtimeError):
    """The engine behind the backplane did not answer in time; nothing was published."""

    def __init__(self, message: str = "the room cannot be reached now; try again") -> None:
        super().__init__(ErrorCode.UNAVAILABLE, message, retry_after_ms=500)
