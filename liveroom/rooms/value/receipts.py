"""What somebody was answered to a fact that can be theirs once: their vote in a poll, their entry in a lottery."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

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
