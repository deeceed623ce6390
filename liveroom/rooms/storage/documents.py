"""Documents: JSON state with a version, changed by compare-and-set, each change with its history row.

Promise: two writers never overwrite each other; a change, its history and its messages are kept together or not at all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.clock import Clock
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.storage.claims import NO_CLAIMS, Claim, follow_claims
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.outbox import Message, Outbox
from liveroom.rooms.storage.places import Places
from liveroom.rooms.storage.portable import insert_into
from liveroom.rooms.storage.tables import document_history, documents

CHANGE_TRIES = 5

State = Mapping[str, Any]
Settled = tuple["Document", Sequence[Message]]
"""A document as it is to be, and what is told of that."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is stored.

    Args:
        version: starts at 1.
        updated_at_ms: epoch ms.
        due_at_ms: when the clock has something to say about it, epoch ms.
    """

    kind: str
    id: str
    room: str
    state: State
    version: int
    updated_at_ms: int
    due_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Who changed a document, and by which command.

    Args:
        is_kept: whether the change has a row in the history; what only counts has none, since it would grow for good.
    """

    who: str
    command: str
    is_kept: bool = True


@dataclass(frozen=True, slots=True)
class Transition:
    """One change in a document's history; `from_state` is None when it was made, or nothing from before is kept."""

    version: int
    at_ms: int
    who: str
    command: str
    from_state: State | None
    to_state: State


class Documents:
    """See the module."""

    def __init__(self, database: Database, outbox: Outbox, clock: Clock) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def create(
        self,
        document: Document,
        cause: Cause,
        messages: Sequence[Message] = (),
        claims: frozenset[Claim] = NO_CLAIMS,
        places: Places | None = None,
    ) -> bool:
        """Keep a new document; False when there is one of this kind and id.

        Raises:
            Claimed: another document has what it claims.
            Refusal: of `places`, it is one too many.
        """
        document = replace(document, updated_at_ms=self._clock.now_ms())
        async with self._database.write() as connection:
            statement = insert_into(documents, self._database.dialect).on_conflict_do_nothing()
            made = await connection.execute(statement, _values(document))
            if made.rowcount != 1:
                return False
            if places is not None:
                await places.require(connection)
            await connection.execute(document_history.insert(), history_values(document, cause))
            await follow_claims(connection, document.id, NO_CLAIMS, claims, document.updated_at_ms)
            written = await self._outbox.write(connection, messages, document.updated_at_ms)
        self._outbox.committed(written)
        return True

    async def load(self, kind: str, document_id: str) -> Document | None:
        """One document."""
        async with self._database.read() as connection:
            row = (await connection.execute(_LOAD, {"kind_is": kind, "id_is": document_id})).one_or_none()
        return None if row is None else read_document(row)

    async def list(self, kind: str, after: str | None, limit: int) -> Sequence[Document]:
        """Documents of a kind in the order of their ids, after the id given."""
        async with self._database.read() as connection:
            rows = await connection.execute(_LIST, {"kind_is": kind, "after": after or "", "most": limit})
            return [read_document(row) for row in rows]

    async def save(
        self,
        document: Document,
        expected_version: int,
        cause: Cause,
        messages: Sequence[Message] = (),
        claims: tuple[frozenset[Claim], frozenset[Claim]] = (NO_CLAIMS, NO_CLAIMS),
    ) -> bool:
        """Replace a document's state; False when its version is no longer `expected_version`.

        Args:
            claims: before and after.

        Raises:
            Claimed: another document has what it claims now.
        """
        document = replace(document, updated_at_ms=self._clock.now_ms())
        async with self._database.write() as connection:
            this = {"kind_is": document.kind, "id_is": document.id}
            if await connection.scalar(_LOCK_VERSION, this) != expected_version:
                return False
            await store_change(connection, document, cause)
            await follow_claims(connection, document.id, *claims, document.updated_at_ms)
            written = await self._outbox.write(connection, messages, document.updated_at_ms)
        self._outbox.committed(written)
        return True

    async def change(
        self, kind: str, document_id: str, cause: Cause, rule: Callable[[Document], Awaitable[Document] | Document]
    ) -> Document:
        """Apply a rule to a document as it is now, anew when somebody else was first, at most `CHANGE_TRIES` times.

        Args:
            rule: gives the document with its new state; the version is counted here. The same object: no change.

        Raises:
            Refusal: `not_found`; or `unavailable`, all tries were lost to others.
        """
        for _ in range(CHANGE_TRIES):
            before = await self.load(kind, document_id)
            if before is None:
                raise Refusal(ErrorCode.NOT_FOUND, f"there is no {kind} of this id", id=document_id)
            ruled = rule(before)
            after = ruled if isinstance(ruled, Document) else await ruled
            if after is before:
                return before
            after = replace(after, version=before.version + 1)
            if await self.save(after, before.version, cause):
                return after
        raise Refusal(ErrorCode.UNAVAILABLE, f"the {kind} is being changed by others; try again", id=document_id)

    async def settle(
        self,
        kind: str,
        document_id: str,
        cause: Cause,
        rule: Callable[[AsyncConnection, Document], Awaitable[Settled | None]],
    ) -> Document:
        """Apply a rule to a document while nobody else can change it; it may read in the same transaction.

        Args:
            rule: gives the document with its new state and version, and what is told; None: no change.

        Raises:
            Refusal: `not_found`.
        """
        async with self._database.write() as connection:
            row = (await connection.execute(_LOCK, {"kind_is": kind, "id_is": document_id})).one_or_none()
            if row is None:
                raise Refusal(ErrorCode.NOT_FOUND, f"there is no {kind} of this id", id=document_id)
            before = read_document(row)
            settled = await rule(connection, before)
            if settled is None:
                return before
            after, messages = replace(settled[0], updated_at_ms=self._clock.now_ms()), settled[1]
            await store_change(connection, after, cause)
            written = await self._outbox.write(connection, messages, after.updated_at_ms)
        self._outbox.committed(written)
        return after

    async def due(self, kinds: Collection[str], until_ms: int, limit: int) -> Sequence[tuple[str, str, int]]:
        """Documents of some kinds that are due until a time, the most overdue first: kind, id, and when."""
        if not kinds:
            return []
        values = {"until": until_ms, "most": limit, "kinds": list(kinds)}
        async with self._database.read() as connection:
            return [(row.kind, row.id, row.due_at_ms) for row in await connection.execute(_DUE, values)]

    async def history(self, kind: str, document_id: str, after_version: int, limit: int) -> Sequence[Transition]:
        """Changes of a document in their order, after a version."""
        values = {"kind_is": kind, "id_is": document_id, "after": after_version, "most": limit}
        async with self._database.read() as connection:
            return [Transition(*row) for row in await connection.execute(_HISTORY, values)]


async def store_change(connection: AsyncConnection, after: Document, cause: Cause) -> None:
    """Write a change of a document that this transaction has locked, and its history row if it is kept."""
    values = {"kind_is": after.kind, "id_is": after.id}
    new = {
        "new_state": after.state,
        "new_version": after.version,
        "new_at": after.updated_at_ms,
        "new_due": after.due_at_ms,
    }
    await connection.execute(_SAVE, values | new)
    if cause.is_kept:
        await connection.execute(document_history.insert(), history_values(after, cause))


def read_document(row: Any) -> Document:
    """A row of `DOCUMENT_COLUMNS`."""
    return Document(row.kind, row.id, row.room, row.state, row.version, row.updated_at_ms, row.due_at_ms)


def history_values(document: Document, cause: Cause) -> dict[str, object]:
    """The history row of a document's newest change; the state before is in the row before."""
    return {
        "kind": document.kind,
        "id": document.id,
        "version": document.version,
        "at_ms": document.updated_at_ms,
        "who": cause.who,
        "command": cause.command,
        "from_state": None,
        "to_state": document.state,
    }


def _values(document: Document) -> dict[str, object]:
    return {column: getattr(document, column) for column in documents.c.keys()}  # noqa: SIM118 - no dict: columns


DOCUMENT_COLUMNS = tuple(documents.c)

_h = document_history.c
_this = (documents.c.kind == bindparam("kind_is")) & (documents.c.id == bindparam("id_is"))
_LOAD = select(*DOCUMENT_COLUMNS).where(_this)
_LOCK = _LOAD.with_for_update()
_LOCK_VERSION = select(documents.c.version).where(_this).with_for_update()
_LIST = (
    select(*DOCUMENT_COLUMNS)
    .where(documents.c.kind == bindparam("kind_is"), documents.c.id > bindparam("after"))
    .order_by(documents.c.id)
    .limit(bindparam("most"))
)
_SAVE = (
    update(documents)
    .where(_this)
    .values(
        state=bindparam("new_state"),
        version=bindparam("new_version"),
        updated_at_ms=bindparam("new_at"),
        due_at_ms=bindparam("new_due"),
    )
)
# Not the bare column: SQLite would look through all documents of these kinds, which are all that were ever kept.
_kind = documents.c.kind.concat(literal_column("''"))
_DUE = (
    select(documents.c.kind, documents.c.id, documents.c.due_at_ms)
    .where(documents.c.due_at_ms <= bindparam("until"), _kind.in_(bindparam("kinds", expanding=True)))
    .order_by(documents.c.due_at_ms)
    .limit(bindparam("most"))
)
_before = document_history.alias("before")
_state_before = (
    select(_before.c.to_state)
    .where(_before.c.kind == _h.kind, _before.c.id == _h.id, _before.c.version < _h.version)
    .order_by(_before.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
_HISTORY = (
    select(_h.version, _h.at_ms, _h.who, _h.command, func.coalesce(_h.from_state, _state_before), _h.to_state)
    .where(_h.kind == bindparam("kind_is"), _h.id == bindparam("id_is"), _h.version > bindparam("after"))
    .order_by(_h.version)
    .limit(bindparam("most"))
)
