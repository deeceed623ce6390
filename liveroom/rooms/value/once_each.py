"""Facts that somebody can have once: a vote in a poll, an entry in a lottery. What is known of those who ask, and the
order in which a batch of them is ruled on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Fact, Verdict
from liveroom.rooms.messages.campaign import Audience
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.value.receipts import Holder, Receipts
from liveroom.rooms.value.spending import Spending, Who

B = TypeVar("B")


class Own(NamedTuple):
    """What those who ask were answered before, and what they have spent."""

    before: Mapping[Holder, bytes]
    spent: Mapping[Who, int]

    def complete(self, who: Claimant, fact: Fact, audience: Audience, asks_spent: bool) -> Claimant:
        """Who asks, with all that the audience rule asks for.

        Raises:
            Refusal: `unavailable`, it asks for more than was known when the fact came.
        """
        if audience.spent is None:
            return who
        if not asks_spent:
            raise Refusal(ErrorCode.UNAVAILABLE, "this was opened just now; try again")
        return who._replace(spent=self.spent.get((fact.room, fact.subject), 0))


class OwnReader:
    """Reads it for a batch.

    Args:
        kind: of the facts.
    """

    def __init__(self, kind: str, dialect: DialectName) -> None:
        self._receipts = Receipts(kind, dialect)
        self._spending = Spending(dialect)

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact], asks_spent: Callable[[Fact], bool]) -> Own:
        """Who has had an answer already, and what those have spent who must have."""
        before = await self._receipts.load(connection, {(fact.scope, fact.subject) for fact in facts})
        asked = {(fact.room, fact.subject) for fact in facts if asks_spent(fact)}
        return Own(before, await self._spending.load(connection, asked))


def asks_spent(shown: Mapping[str, Any] | None) -> bool:
    """Whether to look up what somebody has spent, by a view in the snapshot; None: not heard of here yet."""
    return shown is None or "spent" in shown.get("audience", {})


def rule_in_order(
    facts: Sequence[Fact], open_book: Callable[[str], B | None], rule: Callable[[Fact, B | None], Verdict]
) -> tuple[Sequence[Verdict | Refusal], Sequence[B]]:
    """Rule on facts in the order in which they came.

    Args:
        open_book: the book of a scope; None: there is nothing of this scope.
        rule: on one fact, in its book; a refusal is of this fact alone.

    Returns:
        The verdicts, and the books.
    """
    books: dict[str, B | None] = {}
    verdicts: list[Verdict | Refusal] = []
    for fact in facts:
        if fact.scope not in books:
            books[fact.scope] = open_book(fact.scope)
        try:
            verdicts.append(rule(fact, books[fact.scope]))
        except Refusal as refused:
            verdicts.append(refused)
    return verdicts, [book for book in books.values() if book is not None]
