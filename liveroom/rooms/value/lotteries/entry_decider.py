"""Rules on entries: a batch of them, lottery by lottery, in the order in which they came.

Promise: an entry is kept with its fact and the counter in one transaction, while the lottery is open and nobody can
draw it; a viewer has one entry, whatever their keys, devices and nodes, and each number is given once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.boards import total_message
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages.lottery import Entry, EntryOutcome
from liveroom.rooms.rules import entries
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.rules.lottery_state import LotteryState
from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.value.lotteries.entry_rows import ENTER, read_entry
from liveroom.rooms.value.lotteries.lottery_machine import (
    ENTERED,
    ENTRIES,
    FIELD,
    KIND,
    LOTTERY,
    lottery_of_scope,
    stand,
)
from liveroom.rooms.value.receipts import Holder, Receipts
from liveroom.rooms.value.spending import Spending, Who


class Wish(NamedTuple):
    """The context of an entry.

    Args:
        name: under which a win would be told.
        said: they have said the keyword in a comment.
        asks_spent: what they have spent has to be looked up.
    """

    who: Claimant
    name: str
    said: bool = False
    asks_spent: bool = False


class _Own(NamedTuple):
    before: Mapping[Holder, bytes]
    spent: Mapping[Who, int]


@dataclass(slots=True)
class _Book:
    """A lottery while a batch is ruled on."""

    scope: str
    state: LotteryState
    entered: int
    now_ms: int
    new: dict[str, Entry] = field(default_factory=dict)


class EntryDecider(Decider):
    """`lottery.enter`. The scope of its facts is that of the lottery, their context a `Wish`."""

    def __init__(self, dialect: DialectName) -> None:
        self._receipts = Receipts(ENTER, dialect)
        self._spending = Spending(dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The lotteries, and how many have entered."""
        scopes = {fact.scope for fact in facts}
        return Needs(
            documents=frozenset((KIND, lottery_of_scope(scope)) for scope in scopes),
            counters=frozenset((scope, ENTERED) for scope in scopes),
        )

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> _Own:
        """Who has entered already, and what those have spent who must have."""
        before = await self._receipts.load(connection, {(fact.scope, fact.subject) for fact in facts})
        asked = {(fact.room, fact.subject) for fact in facts if _wish(fact).asks_spent}
        return _Own(before, await self._spending.load(connection, asked))

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Number them in order."""
        books: dict[str, _Book | None] = {}
        verdicts: list[Verdict | Refusal] = []
        for fact in facts:
            if fact.scope not in books:
                books[fact.scope] = _open_book(fact.scope, loaded, now_ms)
            try:
                verdicts.append(_rule(fact, books[fact.scope], loaded.own))
            except Refusal as refused:
                verdicts.append(refused)
        grown = [book for book in books.values() if book is not None and book.new]
        messages = [total_message(book.state.room, ENTRIES, FIELD, stand(book.state, book.entered)) for book in grown]
        return Decision(verdicts, {(book.scope, ENTERED): len(book.new) for book in grown}, messages=messages)


def _wish(fact: Fact) -> Wish:
    if not isinstance(fact.context, Wish):
        raise TypeError("an entry is made with its context")
    return fact.context


def _open_book(scope: str, loaded: Loaded, now_ms: int) -> _Book | None:
    document = loaded.documents.get((KIND, lottery_of_scope(scope)))
    if document is None:
        return None
    return _Book(scope, read_state(LOTTERY, document), loaded.counters[(scope, ENTERED)], now_ms)


def _rule(fact: Fact, book: _Book | None, own: _Own) -> Verdict:
    wish = _wish(fact)
    if book is None or book.state.room != fact.room:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no lottery of this id here", field="lottery")
    who = wish.who
    if book.state.audience.spent is not None:
        if not wish.asks_spent:
            raise Refusal(ErrorCode.UNAVAILABLE, "the lottery was opened just now; try again")
        who = who._replace(spent=own.spent.get((fact.room, fact.subject), 0))
    kept = own.before.get((fact.scope, fact.subject))
    before = book.new.get(fact.subject) if kept is None else read_entry(kept)
    answer = entries.rule(book.state, book.entered, before, who, wish.name, book.now_ms, said=wish.said)
    if answer.outcome is not EntryOutcome.ENTERED or answer.entry is None:
        return Verdict(encode_value(answer), keep=False)
    book.new[fact.subject] = answer.entry
    book.entered += 1
    return Verdict(encode_value(answer))
