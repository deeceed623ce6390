"""Errors of the server package.

ServerError
├── InvalidToken           the token is not accepted; a new one of the same kind will not be either
├── TokenExpired           the token was good and has run out; get a new one
├── Banned                 the person behind the token is shut out for now
├── KeysUnavailable        tokens cannot be checked because the issuer's keys cannot be fetched
├── ConfigurationRefused   the settings do not allow a start; for the person at the console, never for a client
└── SchemaMismatch         the database does not have the tables of this version; says which command to run

They are realtime errors too, so that a connection answers them on the wire as they are.
Promise: no message contains a token, a secret or anything else of the offending input.
"""

from __future__ import annotations

from collections.abc import Sequence

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError


class ServerError(RealtimeError):
    """Root of the tree."""


class InvalidToken(ServerError):
    """The token is not accepted; `message` says which of its parts is at fault."""

    def __init__(self, message: str) -> None:
        super().__init__(ErrorCode.INVALID_TOKEN, message)


class TokenExpired(ServerError):
    """The token was good and has run out."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.TOKEN_EXPIRED, "the token has expired; get a new one")


class Banned(ServerError):
    """The person is shut out of the whole server until a moment the server knows."""

    def __init__(self) -> None:
        super().__init__(ErrorCode.BANNED, "you are banned here")


class KeysUnavailable(ServerError):
    """No key to check the token with could be fetched from the issuer; the log has the outcome."""

    def __init__(self, retry_after_ms: int) -> None:
        super().__init__(
            ErrorCode.UNAVAILABLE, "tokens cannot be checked now; try again", retry_after_ms=retry_after_ms
        )


class ConfigurationRefused(ServerError):
    """The settings do not allow a start.

    Args:
        problems: one line for each variable, starting with its name; never its value.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("configuration", "liveroom does not start:\n" + "\n".join(f"  {line}" for line in problems))


class SchemaMismatch(ServerError):
    """The database is behind, ahead, or not one of ours; for the person at the console.

    Args:
        found: the revision that was found; None when there is none.
        wanted: the revision of this version.
        advice: what to do.
    """

    def __init__(self, found: str | None, wanted: str, advice: str) -> None:
        super().__init__(
            "schema", f"the database is at revision {found or 'none'}, this version needs {wanted}; {advice}"
        )
        self.found = found
        self.wanted = wanted
