"""Errors of the rooms package.

RoomsError
├── Refusal       a rule says no to a command; answered with an `error` frame, nothing has changed
└── SceneFault    a scene file cannot be used; names the file and the key
"""

from __future__ import annotations

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError


class RoomsError(RealtimeError):
    """Root of the tree; a subclass of the realtime root, so that a connection can answer with it."""


class Refusal(RoomsError):
    """A command was understood and is not possible now, here or for this person.

    Args:
        code: one of `ErrorCode`.
        message: one sentence for a person: what is the case and what can be done.
        facts: further fields of the `error` object (`state`, `possible`, `field`, …).
    """

    def __init__(self, code: ErrorCode, message: str, **facts: str | int) -> None:
        super().__init__(code, message, retry_after_ms=None, **facts)


class SceneFault(RoomsError):
    """A scene file is missing, unreadable or wrong.

    Args:
        file: name of the file, without its directory.
        key: where in the file, dotted (`welcome.3.texts.zh`); empty when the file as a whole is meant.
        reason: what is wrong there.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        place = f"{file}: {key}" if key else file
        super().__init__(ErrorCode.INVALID_FIELD, f"{place}: {reason}", file=file, key=key)
        self.file = file
        self.key = key
