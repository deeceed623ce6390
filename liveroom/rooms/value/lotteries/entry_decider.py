"""Rules on entries: a batch of them, lottery by lottery, in the order in which they came.

Promise: an entry is kept with its fact and the counter in one transaction, while the lottery is open and nobody can
draw it; a viewer has one entry, whatever their keys, devices and nodes, and each number is given once.
"""

from __future__ import annotations

from collections.abc import Sequence
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
from liveroom.rooms.value.once_each import Own, OwnReader, rule_in_order


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
        self._own = OwnReader(ENTER, dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The lotteries, and how many have entered."""
        scopes = {fact.scope for fact in facts}
        return Needs(
            documents=frozenset((KIND, lottery_of_scope(scope)) for scope in scopes),
            counters=frozenset((scope, ENTERED) for scope in scopes),
        )

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Own:
        """Who has entered already, and what those have spent who must have."""
        return await self._own.load(connection, facts, lambda fact: _wish(fact).asks_spent)

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Number them in order."""
        verdicts, books = rule_in_order(
            facts, lambda scope: _open_book(scope, loaded, now_ms), lambda fact, book: _rule(fact, book, loaded.own)
        )
        grown = [book for book in books if book.new]
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


def _rule(fact: Fact, book: _Book | None, own: Own) -> Verdict:
    wish = _wish(fact)
    if book is None or book.state.room != fact.room:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no lottery of this id here", field="lottery")
    who = own.complete(wish.who, fact, book.state.audience, wish.asks_spent)
    kept = own.before.get((fact.scope, fact.subject))
    before = book.new.get(fact.subject) if kept is None else read_entry(kept)
    answer = entries.rule(book.state, book.entered, before, who, wish.name, book.now_ms, said=wish.said)
    if answer.outcome is not EntryOutcome.ENTERED or answer.entry is None:
        return Verdict(encode_value(answer), keep=False)
    book.new[fact.subject] = answer.entry
    book.entered += 1
    return Verdict(encode_value(answer))
