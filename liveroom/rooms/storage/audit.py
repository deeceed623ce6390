"""What the staff did, filed: who, when, what (L10).

An entry is an outbox message of the lane `audit`, written in the transaction of its cause, so that what was done and
what is filed of it are committed together. Promise: each is filed once, and never changed or deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import bindparam, select

from liveroom.realtime.identity import Role
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.moderation_tables import audit
from liveroom.rooms.storage.outbox import Lane, Message, OutboxRow
from liveroom.rooms.storage.portable import insert_into

LANE = "audit"
NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One act.

    Args:
        who: id of the user or server that did it.
        act: the command.
        subject: the user, comment or thing it was done to.
        facts: what else matters, as JSON.
    """

    at_ms: int
    who: str
    role: Role
    act: str
    subject: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filed:
    """An entry with its number, which rises with time within a room."""

    number: int
    entry: Entry


def audit_message(room: str, entry: Entry) -> Message:
    """The outbox message that files an entry."""
    about = [entry.at_ms, entry.who, entry.role.value, entry.act, entry.subject, dict(entry.facts)]
    return Message(Lane(LANE, room), orjson.dumps(about))


class AuditFile:
    """The file; called with rows of the lane it files them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._insert = insert_into(audit, database.dialect).on_conflict_do_nothing(index_elements=["source"])

    async def __call__(self, room: str, rows: Sequence[OutboxRow]) -> None:
        """File the entries of a room.

        Raises:
            DatabaseUnavailable: they are filed later.
        """
        async with self._database.write() as connection:
            await connection.execute(self._insert, [_values(room, row) for row in rows])

    async def list(self, room: str, before: int, limit: int, subject: str | None = None) -> Sequence[Filed]:
        """Entries of a room with smaller numbers than `before`, the newest first.

        Args:
            subject: only those about this.
        """
        values = {"room_is": room, "before": before, "most": limit, "subject_is": subject}
        async with self._database.read() as connection:
            rows = await connection.execute(_LIST if subject is None else _ABOUT, values)
            return [
                Filed(row.id, Entry(row.at_ms, row.who, Role(row.who_role), row.act, row.subject, row.facts))
                for row in rows
            ]


def _values(room: str, row: OutboxRow) -> dict[str, object]:
    at_ms, who, role, act, subject, facts = orjson.loads(row.payload)
    return {
        "source": f"{row.created_at_ms}-{row.id}",
        "room": room,
        "at_ms": at_ms,
        "who": who,
        "who_role": role,
        "act": act,
        "subject": subject,
        "facts": facts,
    }


_a = audit.c
_LIST = (
    select(audit)
    .where(_a.room == bindparam("room_is"), _a.id < bindparam("before"))
    .order_by(_a.id.desc())
    .limit(bindparam("most"))
)
_ABOUT = _LIST.where(_a.subject == bindparam("subject_is"))
