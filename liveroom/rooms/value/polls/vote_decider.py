"""Rules on votes: a batch of them, poll by poll, in the order in which they came.

Promise: a vote that counts is kept with its fact and the counters in one transaction, while the poll is open and
nobody can close it; a viewer has one vote, whatever their keys, devices and nodes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.boards import total_message
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.machines import read_state
from liveroom.rooms.messages.poll import VoteOutcome
from liveroom.rooms.rules import ballots, poll
from liveroom.rooms.rules.claims import Claimant
from liveroom.rooms.rules.poll_state import LETTERS, VOTERS, PollState
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.value.polls.poll_machine import FIELD, KIND, POLL, VOTES, poll_of_scope, stand
from liveroom.rooms.value.receipts import Holder, Receipts
from liveroom.rooms.value.spending import Spending, Who

VOTE = "poll.vote"


class Ballot(NamedTuple):
    """The context of a vote: the choices, who votes, and whether what they spent has to be looked up."""

    choices: tuple[str, ...]
    who: Claimant
    asks_spent: bool = False


class _Own(NamedTuple):
    before: Mapping[Holder, bytes]
    spent: Mapping[Who, int]


@dataclass(slots=True)
class _Book:
    """A poll while a batch is ruled on."""

    scope: str
    state: PollState
    now_ms: int
    votes: dict[str, Sequence[str]] = field(default_factory=dict)
    added: Counter[str] = field(default_factory=Counter)


class VoteDecider(Decider):
    """`poll.vote`. The scope of its facts is that of the poll, their context a `Ballot`."""

    def __init__(self, dialect: DialectName) -> None:
        self._receipts = Receipts(VOTE, dialect)
        self._spending = Spending(dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The polls and their counters."""
        scopes = {fact.scope for fact in facts}
        names = (*LETTERS, VOTERS)
        return Needs(
            documents=frozenset((KIND, poll_of_scope(scope)) for scope in scopes),
            counters=frozenset((scope, name) for scope in scopes for name in names),
        )

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> _Own:
        """Who has voted already, and what those have spent who must have."""
        before = await self._receipts.load(connection, {(fact.scope, fact.subject) for fact in facts})
        asked = {(fact.room, fact.subject) for fact in facts if _ballot(fact).asks_spent}
        return _Own(before, await self._spending.load(connection, asked))

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Count in order."""
        books: dict[str, _Book | None] = {}
        verdicts: list[Verdict | Refusal] = []
        for fact in facts:
            if fact.scope not in books:
                books[fact.scope] = _open_book(fact.scope, loaded, now_ms)
            try:
                verdicts.append(_rule(fact, books[fact.scope], loaded.own))
            except Refusal as refused:
                verdicts.append(refused)
        counted = [book for book in books.values() if book is not None and book.added]
        changes = {(book.scope, name): added for book in counted for name, added in book.added.items()}
        return Decision(verdicts, changes, messages=[_tell(book, loaded.counters) for book in counted])


def _ballot(fact: Fact) -> Ballot:
    if not isinstance(fact.context, Ballot):
        raise TypeError("a vote is made with its context")
    return fact.context


def _open_book(scope: str, loaded: Loaded, now_ms: int) -> _Book | None:
    document = loaded.documents.get((KIND, poll_of_scope(scope)))
    return None if document is None else _Book(scope, read_state(POLL, document), now_ms)


def read_choices(answer: bytes) -> tuple[str, ...]:
    """The choices of a vote that was counted, from its answer."""
    return tuple(orjson.loads(answer)["choices"])


def _rule(fact: Fact, book: _Book | None, own: _Own) -> Verdict:
    ballot = _ballot(fact)
    if book is None or book.state.room != fact.room:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no poll of this id here", field="poll")
    state, who = book.state, ballot.who
    if state.audience.spent is not None:
        if not ballot.asks_spent:
            raise Refusal(ErrorCode.UNAVAILABLE, "the poll was opened just now; try again")
        who = who._replace(spent=own.spent.get((fact.room, fact.subject), 0))
    kept = own.before.get((fact.scope, fact.subject))
    before = book.votes.get(fact.subject) if kept is None else read_choices(kept)
    answer = ballots.rule(state, ballot.choices, before, who, book.now_ms)
    if answer.outcome is not VoteOutcome.COUNTED or answer.choices is None:
        return Verdict(encode_value(answer), keep=False)
    book.votes[fact.subject] = answer.choices
    book.added.update((*answer.choices, VOTERS))
    return Verdict(encode_value(answer))


def _tell(book: _Book, before: Mapping[CounterKey, int]) -> Message:
    now = {name: before[(book.scope, name)] + book.added[name] for name in (*LETTERS, VOTERS)}
    return total_message(book.state.room, VOTES, FIELD, stand(book.state, poll.read_votes(book.state, now)))
