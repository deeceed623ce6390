"""Loads what a decider needs: one statement for all documents, one for all counters, one for all that is held.

Promise: what is loaded does not change before the transaction ends: scopes are locked, documents are locked here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.ledger.decider import CounterKey, Decider, DocumentKey, Loaded, Needs
from liveroom.rooms.ledger.facts import Fact
from liveroom.rooms.storage.documents import DOCUMENT_COLUMNS, Document, read_document
from liveroom.rooms.storage.portable import DialectName, among_pairs, pairs_parameter
from liveroom.rooms.storage.tables import counters, documents, facts


class Loading:
    """See the module."""

    def __init__(self, dialect: DialectName) -> None:
        self._dialect = dialect
        self._documents = (
            select(*DOCUMENT_COLUMNS)
            .where(among_pairs((documents.c.kind, documents.c.id), "wanted", dialect))
            .order_by(documents.c.kind, documents.c.id)
            .with_for_update()
        )
        self._counters = select(counters).where(among_pairs((counters.c.scope, counters.c.name), "wanted", dialect))
        self._held = (
            select(facts.c.scope, facts.c.subject, func.count())
            .where(facts.c.kind == bindparam("kind_is"))
            .where(among_pairs((facts.c.scope, facts.c.subject), "wanted", dialect))
            .group_by(facts.c.scope, facts.c.subject)
        )

    async def load(
        self, connection: AsyncConnection, decider: Decider, kind: str, batch: Sequence[Fact], needs: Needs
    ) -> Loaded:
        """What `decider` is to be given for a batch of its kind."""
        found = await self._load_documents(connection, needs.documents) if needs.documents else {}
        sums = await self._load_counters(connection, needs.counters) if needs.counters else {}
        held = await self._count_held(connection, kind, batch) if needs.held else {}
        return Loaded(found, sums, held, await decider.load(connection, batch))

    async def _load_documents(
        self, connection: AsyncConnection, keys: Collection[DocumentKey]
    ) -> Mapping[DocumentKey, Document]:
        rows = await connection.execute(self._documents, pairs_parameter("wanted", keys, self._dialect))
        return {(row.kind, row.id): read_document(row) for row in rows}

    async def _load_counters(
        self, connection: AsyncConnection, keys: Collection[CounterKey]
    ) -> Mapping[CounterKey, int]:
        rows = await connection.execute(self._counters, pairs_parameter("wanted", keys, self._dialect))
        return dict.fromkeys(keys, 0) | {(scope, name): value for scope, name, value in rows}

    async def _count_held(
        self, connection: AsyncConnection, kind: str, batch: Sequence[Fact]
    ) -> Mapping[tuple[str, str], int]:
        holders = {(fact.scope, fact.subject) for fact in batch}
        values = pairs_parameter("wanted", holders, self._dialect) | {"kind_is": kind}
        rows = await connection.execute(self._held, values)
        return dict.fromkeys(holders, 0) | {(scope, subject): count for scope, subject, count in rows}
