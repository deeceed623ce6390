"""Errors of the rooms package.

RoomsError
├── Refusal       a rule says no to a command; answered with an `error` frame, nothing has changed
├── SceneFault    a scene file cannot be used; names the file and the key
├── WordListFault  a word list cannot be used; names the file and the line
├── DatabaseUnavailable  the database did not do it now; `reason` says what is the case
└── DocumentUnreadable   a stored document is not what this version writes; names it
"""

from __future__ import annotations

from typing import Literal

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


def key_conflict() -> Refusal:
    """What is answered to a command whose key was used for another one."""
    return Refusal(ErrorCode.KEY_CONFLICT, "this key was used for another command; make a new one")


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


class WordListFault(RoomsError):
    """A word list is missing, unreadable or wrong.

    Args:
        file: name of the file, without its directory.
        line: counted from 1; 0: the file as a whole.
        reason: what is wrong there.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        place = f"{file}, line {line}" if line else file
        super().__init__(ErrorCode.INVALID_FIELD, f"the word list {place}: {reason}", file=file, line=line)
        self.file = file
        self.line = line


DatabaseReason = Literal["locked", "full", "gone", "timeout", "read_only", "damaged"]

DATABASE_REASONS: dict[DatabaseReason, str] = {
    "locked": "others hold what is to be changed",
    "full": "there is no space left on its disk",
    "gone": "it cannot be reached or does not let us in",
    "timeout": "it did not answer in time",
    "read_only": "it takes no changes",
    "damaged": "its file is damaged or is no database; restore a backup",
}
"""What can be the case, for the log and for people."""


class DatabaseUnavailable(RoomsError):
    """The database did not do it; with the same key it can be sent again, even if it had been done.

    Args:
        reason: one of `DATABASE_REASONS`.
        retry_after_ms: lower bound for the next try.
    """

    def __init__(self, reason: DatabaseReason, retry_after_ms: int = 500) -> None:
        text = f"the database did not do it now: {DATABASE_REASONS[reason]}; try again"
        super().__init__(ErrorCode.UNAVAILABLE, text, retry_after_ms=retry_after_ms, reason=reason)
        self.reason = reason


class DocumentUnreadable(RoomsError):
    """A stored document does not fit its model: written by a newer version, or changed by hand."""

    def __init__(self, kind: str, document_id: str) -> None:
        text = f"the stored {kind} cannot be read by this version of the server"
        super().__init__(ErrorCode.INTERNAL, text, kind=kind, id=document_id)
