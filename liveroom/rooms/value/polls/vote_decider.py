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
from liveroom.rooms.value.once_each import Own, OwnReader, rule_in_order
from liveroom.rooms.value.polls.poll_machine import FIELD, KIND, POLL, VOTES, poll_of_scope, stand

VOTE = "poll.vote"


class Ballot(NamedTuple):
    """The context of a vote: the choices, who votes, and whether what they spent has to be looked up."""

    choices: tuple[str, ...]
    who: Claimant
    asks_spent: bool = False


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
        self._own = OwnReader(VOTE, dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The polls and their counters."""
        scopes = {fact.scope for fact in facts}
        names = (*LETTERS, VOTERS)
        return Needs(
            documents=frozenset((KIND, poll_of_scope(scope)) for scope in scopes),
            counters=frozenset((scope, name) for scope in scopes for name in names),
        )

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Own:
        """Who has voted already, and what those have spent who must have."""
        return await self._own.load(connection, facts, lambda fact: _ballot(fact).asks_spent)

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Count in order."""
        verdicts, books = rule_in_order(
            facts, lambda scope: _open_book(scope, loaded, now_ms), lambda fact, book: _rule(fact, book, loaded.own)
        )
        counted = [book for book in books if book.added]
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


def _rule(fact: Fact, book: _Book | None, own: Own) -> Verdict:
    ballot = _ballot(fact)
    if book is None or book.state.room != fact.room:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no poll of this id here", field="poll")
    state = book.state
    who = own.complete(ballot.who, fact, state.audience, ballot.asks_spent)
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
