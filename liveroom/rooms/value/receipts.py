"""What somebody was answered to a fact that can be theirs once: their vote in a poll, their entry in a lottery."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.gathered import GatheredReads
from liveroom.rooms.storage.portable import DialectName, among_pairs, pairs_parameter
from liveroom.rooms.storage.tables import facts

Holder = tuple[str, str]
"""Scope and subject."""


class Receipts:
    """See the module.

    Args:
        kind: of the facts.
    """

    def __init__(self, kind: str, dialect: DialectName) -> None:
        self._kind = kind
        self._dialect = dialect
        self._held = (
            select(facts.c.scope, facts.c.subject, facts.c.answer)
            .where(facts.c.kind == bindparam("kind_is"))
            .where(among_pairs((facts.c.scope, facts.c.subject), "holders", dialect))
        )

    async def load(self, connection: AsyncConnection, holders: Collection[Holder]) -> Mapping[Holder, bytes]:
        """The answers, as JSON; who has none is absent."""
        if not holders:
            return {}
        values = pairs_parameter("holders", holders, self._dialect) | {"kind_is": self._kind}
        rows = await connection.execute(self._held, values)
        return {(scope, subject): answer.encode() for scope, subject, answer in rows}


class OwnReceipts:
    """The same for those who join: what many ask for at once is read together.

    Args:
        kind: of the facts.
    """

    def __init__(self, database: Database, kind: str) -> None:
        self._database = database
        self._receipts = Receipts(kind, database.dialect)
        self._reads: GatheredReads[Holder, bytes] = GatheredReads(self._read)

    async def find(self, scopes: Mapping[str, str], user_id: str) -> Mapping[str, bytes]:
        """The answers to somebody, by the keys of `scopes`; what they have none to is absent."""
        asked = {each: self._reads.get((scope, user_id)) for each, scope in scopes.items()}
        answers = await asyncio.gather(*asked.values())
        return {each: answer for each, answer in zip(asked, answers, strict=True) if answer is not None}

    async def _read(self, holders: Collection[Holder]) -> Mapping[Holder, bytes]:
        async with self._database.read() as connection:
            return await self._receipts.load(connection, holders)
