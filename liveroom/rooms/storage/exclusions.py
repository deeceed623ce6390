"""Who and what is shut out of the whole server: people, and tokens that were revoked before their time.

Promise: kept when `put` returns, and every node is told through the outbox.
What was lifted stays for a while as a row that has ended, so that a node that reads what has changed sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import bindparam, select

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.outbox import Lane, Message, Outbox
from liveroom.rooms.storage.portable import delete_oldest, lock_scopes, replace_in
from liveroom.rooms.storage.tables import exclusions

LANE = "exclusions"


class What(StrEnum):
    """What is shut out."""

    USER = "user"
    TOKEN = "token"  # noqa: S105 - a word, not a secret


class Exclusion(NamedTuple):
    """One entry; `until_ms` not after `changed_at_ms`: lifted."""

    what: What
    subject: str
    who: str
    changed_at_ms: int
    until_ms: int


class Exclusions:
    """The table."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self._replace = replace_in(exclusions, database.dialect)

    async def put(self, entry: Exclusion) -> Exclusion:
        """Keep this, and tell all nodes. A shorter time does not shorten a longer one; lifting it does.

        Returns:
            What is kept now.

        Raises:
            DatabaseUnavailable: nothing is known to be kept.
        """
        async with self._database.write() as connection:
            await lock_scopes(connection, [LANE], self._database.dialect)
            known_ms = await connection.scalar(_KNOWN, {"what_is": entry.what, "subject_is": entry.subject})
            if entry.until_ms > entry.changed_at_ms:
                entry = entry._replace(until_ms=max(entry.until_ms, known_ms or 0))
            await connection.execute(self._replace, entry._asdict())
            written = await self._outbox.write(connection, [Message(Lane(LANE, ""), b"")], entry.changed_at_ms)
        self._outbox.committed(written)
        return entry

    async def changed_since(self, since_ms: int, most: int) -> Sequence[Exclusion]:
        """What was changed at or after a moment, at most so many; those that end last are in any case among them."""
        async with self._database.read() as connection:
            rows = await connection.execute(_CHANGED, {"since": since_ms, "most": most})
            return [Exclusion(What(row.what), *row[1:]) for row in rows]

    async def forget(self, before_ms: int, limit: int) -> int:
        """Delete what ended before a moment, at most `limit`; gives how many there were."""
        async with self._database.write() as connection:
            return (await connection.execute(_FORGET, {"before": before_ms, "most": limit})).rowcount


_KNOWN = select(exclusions.c.until_ms).where(
    exclusions.c.what == bindparam("what_is"), exclusions.c.subject == bindparam("subject_is")
)
_CHANGED = (
    select(exclusions)
    .where(exclusions.c.changed_at_ms >= bindparam("since"))
    .order_by(exclusions.c.until_ms.desc())
    .limit(bindparam("most"))
)
_FORGET = delete_oldest(exclusions, exclusions.c.until_ms, exclusions.c.changed_at_ms < bindparam("before"))
