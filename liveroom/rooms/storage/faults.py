"""Gives what a database or its driver says a name: `DatabaseUnavailable` with a reason.

Promise: a fault of the rows themselves (a unique key, a value that does not fit) is no outage and passes through.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from liveroom.rooms.errors import DatabaseReason, DatabaseUnavailable

SQLITE_CODES: dict[int, DatabaseReason] = {
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_INTERRUPT: "timeout",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_CANTOPEN: "gone",
    sqlite3.SQLITE_IOERR: "gone",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}
"""By primary result code (sqlite.org/rescode.html)."""

SQLSTATES: dict[str, DatabaseReason] = {
    "40001": "locked",
    "40P01": "locked",
    "55P03": "locked",
    "57014": "timeout",
    "53100": "full",
    "25006": "read_only",
}
"""By SQLSTATE (PostgreSQL, appendix A); classes 08, 28, 3D, 53 and 57 besides these mean `gone`."""


@contextmanager
def named_faults() -> Iterator[None]:
    """Raise `DatabaseUnavailable` in place of an outage inside."""
    try:
        yield
    except TimeoutError:
        raise DatabaseUnavailable("timeout") from None
    except exc.TimeoutError:
        raise DatabaseUnavailable("locked") from None  # no connection of the pool came free
    except exc.DBAPIError as error:
        reason = find_reason(error)
        if reason is None:
            raise
        raise DatabaseUnavailable(reason) from error
    except OSError as error:
        raise DatabaseUnavailable("gone") from error


def find_reason(error: exc.DBAPIError) -> DatabaseReason | None:
    """The outage behind a driver's error; None when it is about the rows or the statement."""
    original = error.orig
    code = getattr(original, "sqlite_errorcode", None)
    if isinstance(code, int):
        return SQLITE_CODES.get(code & 0xFF)
    state = getattr(original, "sqlstate", None)
    if isinstance(state, str):
        return SQLSTATES.get(state) or ("gone" if state[:2] in ("08", "28", "3D", "53", "57") else None)
    return "gone" if error.connection_invalidated or isinstance(error, exc.InterfaceError) else None
