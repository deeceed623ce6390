"""What a program that uses the client can meet.

ClientError
├── CommandRefused   the server's answer: the command had no effect
├── AnswerMissing    no answer in time: it may have had its effect; send again with the same key
├── TooManyPending   too many commands wait for an answer
├── MessageTooBig    larger than the server takes
├── ConnectionCut    a request of the connection itself was cut off (not seen outside the client)
└── ClientClosed     the connection has ended for good: by `close`, or because the server does not want us back
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from liveroom.realtime.errors import RealtimeError


class ClientError(RealtimeError):
    """Root of the client's errors; `retryable` says whether the same call can succeed later."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        retry_after_ms: int | None = None,
        key: str | None = None,
        **facts: str | int,
    ) -> None:
        super().__init__(code, message, retry_after_ms=retry_after_ms, **facts)
        self._may_retry = retryable
        self.key = key

    @property
    def retryable(self) -> bool:
        """As told by whoever made the error: a newer server may know codes that we do not."""
        return self._may_retry


class CommandRefused(ClientError):
    """The server refused; `field` and `room` are in `facts` where the server named them."""

    def __init__(self, error: Mapping[str, Any], *, key: str | None = None) -> None:
        named = {name: error[name] for name in ("field", "room") if isinstance(error.get(name), str)}
        super().__init__(
            str(error["code"]),
            str(error.get("message", error["code"])),
            retryable=error.get("retryable") is True,
            retry_after_ms=error.get("retry_after_ms"),
            key=key,
            **named,
        )


class AnswerMissing(ClientError):
    """Nobody answered in time."""

    def __init__(self, type_: str, timeout_s: float, key: str | None) -> None:
        message = (
            f"no answer to {type_} within {timeout_s:g} s; it may have taken effect: send it again with the same key"
        )
        super().__init__("no_answer", message, retryable=True, key=key)


class TooManyPending(ClientError):
    """The caller sends faster than the server answers, or there has been no connection for long."""

    def __init__(self, limit: int) -> None:
        message = f"{limit} commands wait for an answer; wait for some of them before sending more"
        super().__init__("too_many_pending", message, retryable=True)


class MessageTooBig(ClientError):
    """Refused here, because the server would close the connection over it."""

    def __init__(self, size_bytes: int, limit_bytes: int) -> None:
        super().__init__(
            "message_too_big", f"the command has {size_bytes} bytes; the server takes at most {limit_bytes}"
        )


class ConnectionCut(ClientError):
    """The connection ended before the answer to a request that belongs to it."""

    def __init__(self) -> None:
        super().__init__("cut", "the connection was cut before the answer", retryable=True)


class ClientClosed(ClientError):
    """There will be no further connection; make a new client to try again."""
