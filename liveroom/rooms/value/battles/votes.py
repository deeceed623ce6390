"""The decider of votes in battles: one for each viewer and round, whoever asks and however often (L17).

Promise: a vote counts exactly when its answer says `counted`; its points are in the score of the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.wire import encode_value
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.messages.battle import BattleVoteAck, VoteOutcome
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.rules import battle_score
from liveroom.rooms.value.battles.book import BattleBook, load_battles, store_gains

VOTE = "battle.vote"


class Vote(NamedTuple):
    """The context of a vote.

    Args:
        to: the room voted for.
    """

    battle: str
    to: str
    by: Visitor


class VoteBattles(Decider):
    """`battle.vote`. The scope of its facts is the round, their context a `Vote`."""

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """Whether each has voted in the round."""
        return Needs(held=True)

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Mapping[str, BattleBook]:
        """The battles, by the name of the round."""
        votes = [cast(Vote, fact.context) for fact in facts]
        people = {(vote.to, vote.by.id) for vote in votes}
        books = await load_battles(connection, {vote.battle for vote in votes}, people)
        return {book.state.tally: book for book in books}

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Count them in order."""
        books = cast(Mapping[str, BattleBook], loaded.own)
        held = dict(loaded.held)
        verdicts = []
        for fact in facts:
            voter = (fact.scope, fact.subject)
            ack = _rule(books.get(fact.scope), cast(Vote, fact.context), held[voter], now_ms)
            is_counted = ack.outcome is VoteOutcome.COUNTED
            held[voter] += is_counted
            verdicts.append(Verdict(encode_value(ack), keep=is_counted))
        counters = {name: change for book in books.values() for name, change in book.counters().items()}
        messages = [message for book in books.values() for message in book.messages()]
        return Decision(verdicts, counters=counters, messages=messages, own=tuple(books.values()) or None)

    async def store(self, connection: AsyncConnection, own: Sequence[BattleBook]) -> None:
        """Write who made the points."""
        await store_gains(connection, own)


def _rule(book: BattleBook | None, vote: Vote, had: int, now_ms: int) -> BattleVoteAck:
    if book is None or not battle_score.is_open(book.state, vote.to, now_ms):
        return BattleVoteAck(outcome=VoteOutcome.NOT_RUNNING)
    if not book.state.terms.score.vote:
        return BattleVoteAck(outcome=VoteOutcome.NOT_OFFERED)
    if had:
        return BattleVoteAck(outcome=VoteOutcome.ALREADY_VOTED)
    gain = book.vote(vote.to, vote.by, now_ms)
    return BattleVoteAck(outcome=VoteOutcome.COUNTED, points=gain.points)
