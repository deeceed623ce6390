"""Rules on what hosts and shops do with campaigns, one after the other with the claims on them.

Promise: a change reckons with what is granted at that moment, since it goes the way of the claims: through the ledger,
in the scope of the campaign. A repeat of its key gets the first answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.messages.campaign import CampaignAck
from liveroom.rooms.rules import campaign
from liveroom.rooms.rules.campaign_state import CampaignState, Command, Elapse
from liveroom.rooms.rules.drops import DropTally
from liveroom.rooms.storage.documents import Cause, Document
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.value.coupons.campaign_documents import (
    KIND,
    CampaignReader,
    Counts,
    campaign_of_scope,
    read_campaign,
    read_tallies,
    write_campaign,
)
from liveroom.rooms.value.coupons.campaign_news import tell_change, tell_stock

CHANGE = "campaign.change"


class Order(NamedTuple):
    """The context of a change: what is wanted, by whom, and how the command is called."""

    command: Command
    who: str
    name: str


@dataclass(slots=True)
class _Book:
    """A campaign while a batch is ruled on."""

    state: CampaignState
    tallies: dict[str, DropTally]


class CampaignDecider(Decider):
    """`campaign.change`. The scope of its facts is that of the campaign, their context an `Order`."""

    def __init__(self, dialect: DialectName) -> None:
        self._campaigns = CampaignReader(dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The campaigns."""
        return Needs(documents=frozenset((KIND, campaign_of_scope(fact.scope)) for fact in facts))

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Counts:
        """Their counters."""
        return await self._campaigns.count(connection, {fact.scope for fact in facts})

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Apply them in order; each gives a version of its own."""
        books: dict[str, _Book | None] = {}
        verdicts: list[Verdict | Refusal] = []
        documents: list[tuple[Document, Cause]] = []
        messages: list[Message] = []
        for fact in facts:
            if fact.scope not in books:
                books[fact.scope] = _open_book(fact.scope, loaded)
            try:
                verdict, document, told = _rule(fact, books[fact.scope], now_ms)
            except Refusal as refused:
                verdicts.append(refused)
                continue
            verdicts.append(verdict)
            documents += document
            messages += told
        return Decision(verdicts, documents=documents, messages=messages)


def _open_book(scope: str, loaded: Loaded) -> _Book | None:
    document = loaded.documents.get((KIND, campaign_of_scope(scope)))
    if document is None:
        return None
    state = read_campaign(document)
    return _Book(state, read_tallies(state, loaded.own[scope]))


def _rule(
    fact: Fact, book: _Book | None, now_ms: int
) -> tuple[Verdict, Sequence[tuple[Document, Cause]], Sequence[Message]]:
    order = fact.context
    if not isinstance(order, Order):
        raise TypeError("a change is made with its context")
    if book is None or book.state.room != fact.room:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no campaign of this id here", field="campaign")
    before = book.state
    book.state, change = campaign.apply(before, order.command, book.tallies, now_ms)
    # What the clock does needs no memory: the second time there is nothing to do.
    answer = Verdict(encode_value(CampaignAck(campaign=book.state.view())), keep=not isinstance(order.command, Elapse))
    if change is None:
        return answer, (), ()
    messages = tell_change(before, book.state, change, now_ms)
    if messages:
        messages.append(tell_stock(book.state, book.tallies))
    return answer, [(write_campaign(book.state), Cause(order.who, order.name))], messages
