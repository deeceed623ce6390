"""Rules on what the shop does with coupons that were granted, and on what time does with them.

Promise: a coupon that comes back is left for others from the same moment on, with its amount in the pot; a campaign
that was exhausted opens again with it. Without a key of its own a command can be repeated: the table of a coupon's
life makes the second one change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.messages.coupon import GrantRecord
from liveroom.rooms.rules import campaign, grants
from liveroom.rooms.rules.campaign_state import CampaignState, Recount
from liveroom.rooms.rules.drops import DropTally
from liveroom.rooms.rules.grants import REDEEMED, RELEASED, REVOKED, GrantState
from liveroom.rooms.storage.documents import Cause, Document
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.value.coupons import campaign_documents as stored
from liveroom.rooms.value.coupons.campaign_documents import CampaignReader, Counts
from liveroom.rooms.value.coupons.campaign_news import tell_change, tell_redeemed, tell_stock
from liveroom.rooms.value.coupons.grant_rows import GrantRows

MOVE = "coupon.move"


class Move(NamedTuple):
    """The context of a move: what is wanted with which coupon, by whom; None: time has passed."""

    grant: str
    command: grants.Command | None
    who: str


class _Own(NamedTuple):
    counts: Counts
    grants: dict[str, GrantState]


@dataclass(slots=True)
class _Book:
    """A campaign while a batch is ruled on."""

    state: CampaignState
    before: dict[str, DropTally]
    tallies: dict[str, DropTally]
    redeemed: int = 0
    messages: list[Message] = field(default_factory=list)


class GrantDecider(Decider):
    """`coupon.move`. The scope of its facts is that of the campaign, their context a `Move`."""

    def __init__(self, dialect: DialectName) -> None:
        self._campaigns = CampaignReader(dialect)
        self._grants = GrantRows(dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The campaigns."""
        return Needs(documents=frozenset((stored.KIND, stored.campaign_of_scope(fact.scope)) for fact in facts))

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> _Own:
        """Counters of the campaigns, and the coupons."""
        counts = await self._campaigns.count(connection, {fact.scope for fact in facts})
        return _Own(counts, await self._grants.load(connection, {_move(fact).grant for fact in facts}))

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Apply them in order."""
        books = {scope: _open_book(scope, loaded) for scope in {fact.scope: None for fact in facts}}
        now = dict(loaded.own.grants)
        verdicts: list[Verdict | Refusal] = []
        for fact in facts:
            try:
                verdicts.append(_rule(_move(fact), books[fact.scope], now, now_ms))
            except Refusal as refused:
                verdicts.append(refused)
        changed = [grant for grant_id, grant in now.items() if grant is not loaded.own.grants[grant_id]]
        counters: dict[CounterKey, int] = {}
        documents: list[tuple[Document, Cause]] = []
        messages: list[Message] = []
        for scope, book in books.items():
            if book is not None:
                counters |= _count(scope, book)
                documents += _recount(book, now_ms)
                messages += book.messages
        return Decision(verdicts, counters, documents, messages, changed or None)

    async def store(self, connection: AsyncConnection, own: Sequence[GrantState]) -> None:
        """Write what has changed."""
        await self._grants.change(connection, own)


def record(grant: GrantState) -> GrantRecord:
    """A coupon as the shop's server sees it."""
    return GrantRecord(
        **grant.view().model_dump(include={"id", "campaign", "drop", "amount", "currency", "status"}),
        room=grant.room,
        user_id=grant.user_id,
        order=grant.order,
        issued_at=grant.issued_at_ms,
        expires_at=grant.expires_at_ms,
        locked_until=grant.locked_until_ms,
        settled_at=grant.settled_at_ms,
    )


def _move(fact: Fact) -> Move:
    if not isinstance(fact.context, Move):
        raise TypeError("a move is made with its context")
    return fact.context


def _open_book(scope: str, loaded: Loaded) -> _Book | None:
    document = loaded.documents.get((stored.KIND, stored.campaign_of_scope(scope)))
    if document is None:
        return None
    state = stored.read_campaign(document)
    tallies = stored.read_tallies(state, loaded.own.counts[scope])
    return _Book(state, tallies, dict(tallies))


def _rule(move: Move, book: _Book | None, now: dict[str, GrantState], now_ms: int) -> Verdict:
    before = now.get(move.grant)
    if book is None or before is None:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no coupon of this id", field="grant")
    settled = grants.settle(before, now_ms)
    after = settled if move.command is None else grants.apply(before, move.command, now_ms)
    now[move.grant] = after
    if after.status is not before.status:
        if after.status in (RELEASED, REVOKED):
            book.tallies[after.drop] = book.tallies[after.drop].take_back(after.amount)
        if after.status is REDEEMED:
            book.redeemed += 1
            book.messages.append(tell_redeemed(after))
    # Kept, so that a repeat of the key is answered as the first one; what time does needs no memory.
    return Verdict(encode_value(record(after)), keep=move.command is not None)


def _count(scope: str, book: _Book) -> dict[CounterKey, int]:
    changes = stored.count_changes(scope, book.before, book.tallies)
    return changes | {(scope, stored.REDEEMED): book.redeemed}


def _recount(book: _Book, now_ms: int) -> list[tuple[Document, Cause]]:
    if book.tallies == book.before:
        return []
    before = book.state
    after, change = campaign.apply(before, Recount(), book.tallies, now_ms)
    if change is not None:
        book.messages += tell_change(before, after, change, now_ms)
    book.messages.append(tell_stock(after, book.tallies))
    return [] if change is None else [(stored.write_campaign(after), Cause("stock", MOVE))]
