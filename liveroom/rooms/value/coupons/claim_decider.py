"""Rules on claims: a batch of them, campaign by campaign, in the order in which they came.

Promise: what is granted was left, and is kept with its fact, the counters and, with the last one, the campaign that is
exhausted now, in one transaction. A refusal writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.wire import encode_value
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.ledger.decider import CounterKey
from liveroom.rooms.messages.coupon import ClaimAck, Closed, Outcome
from liveroom.rooms.rules import campaign, claims, drops
from liveroom.rooms.rules.campaign_state import CampaignState, Recount
from liveroom.rooms.rules.claims import Claimant, Had
from liveroom.rooms.rules.drops import Drop, DropTally
from liveroom.rooms.rules.grants import GrantState
from liveroom.rooms.storage.documents import Cause, Document
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.portable import DialectName
from liveroom.rooms.value.coupons.campaign_documents import (
    KIND,
    CampaignReader,
    Counts,
    campaign_of_scope,
    count_changes,
    read_campaign,
    read_tallies,
    scope_of,
    write_campaign,
)
from liveroom.rooms.value.coupons.campaign_news import tell_change, tell_granted, tell_stock
from liveroom.rooms.value.coupons.grant_rows import GrantRows, Pair
from liveroom.rooms.value.once_each import rule_in_order
from liveroom.rooms.value.spending import Spending, Who

CLAIM = "coupon.claim"
NO_DROP = ClaimAck(outcome=Outcome.NOT_OPEN, reason=Closed.EARLY)


class Claim(NamedTuple):
    """The context of a claim: the drop that was named, who claims, and whether what they spent has to be looked up.

    `who` is None where the campaign asked nothing of whoever claims.
    """

    drop: str | None
    who: Claimant | None
    asks_spent: bool = False


class _Own(NamedTuple):
    counts: Counts
    held: Mapping[Pair, Sequence[GrantState]]
    spent: Mapping[Who, int]


@dataclass(slots=True)
class _Book:
    """A campaign while a batch is ruled on."""

    state: CampaignState
    tallies: dict[str, DropTally]
    own: _Own
    now_ms: int
    granted: list[GrantState] = field(default_factory=list)
    asks: bool = field(init=False)
    _meant: dict[str | None, tuple[Drop | None, Verdict | None]] = field(default_factory=dict)
    _had: dict[str, list[GrantState]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look once whether the audience rule asks anything."""
        self.asks = self.state.audience != claims.EVERYBODY

    def find(self, drop_id: str | None) -> tuple[Drop | None, Verdict | None]:
        """The drop that is meant, and the answer to everybody when it is not open."""
        if drop_id not in self._meant:
            drop = claims.find_drop(self._recount() if drop_id is None else self.state, drop_id, self.now_ms)
            closed = claims.why_closed(self.state, drop, self.now_ms)
            self._meant[drop_id] = drop, None if closed is None else _deny(closed)
        return self._meant[drop_id]

    def had(self, user_id: str) -> list[GrantState]:
        """What a viewer has had of the campaign, those given back left out, oldest first."""
        known = self._had.get(user_id)
        if known is None:
            found = self.own.held.get((user_id, self.state.id), ())
            known = self._had[user_id] = [grant for grant in found if grant.counts]
        return known

    def grant(self, drop: Drop, user_id: str) -> GrantState:
        """The next coupon, for a viewer."""
        grant = claims.grant(self.state, drop, self.tallies[drop.id], user_id, self.now_ms)
        self.tallies[drop.id] = self.tallies[drop.id].grant(grant.amount)
        if not drops.left(drop, self.tallies[drop.id]):
            self._meant.pop(None, None)  # from now on the next one is meant
        self.granted.append(grant)
        self.had(user_id).append(grant)
        return grant

    def _recount(self) -> CampaignState:
        # The document learns of what this batch grants only at its end.
        return replace(self.state, drops=drops.recount(self.state.drops, self.tallies))


class ClaimDecider(Decider):
    """`coupon.claim`. The scope of its facts is that of the campaign, their context a `Claim`."""

    def __init__(self, dialect: DialectName) -> None:
        self._campaigns = CampaignReader(dialect)
        self._grants = GrantRows(dialect)
        self._spending = Spending(dialect)

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The campaigns."""
        scopes = {fact.scope for fact in facts}
        return Needs(documents=frozenset((KIND, campaign_of_scope(scope)) for scope in scopes))

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> _Own:
        """Counters of the campaigns, what each viewer has had, and what those have spent who must have."""
        counts = await self._campaigns.count(connection, {fact.scope for fact in facts})
        held = await self._grants.held(connection, {(fact.subject, campaign_of_scope(fact.scope)) for fact in facts})
        asked = {(fact.room, fact.subject) for fact in facts if _claim(fact).asks_spent}
        return _Own(counts, held, await self._spending.load(connection, asked))

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Grant in order while there is something left."""
        verdicts, books = rule_in_order(facts, lambda scope: _open_book(scope, loaded, now_ms), _rule)
        return _close([book for book in books if book.granted], verdicts)

    async def store(self, connection: AsyncConnection, own: Sequence[GrantState]) -> None:
        """Write the coupons."""
        await self._grants.add(connection, own)


def _claim(fact: Fact) -> Claim:
    if not isinstance(fact.context, Claim):
        raise TypeError("a claim is made with its context")
    return fact.context


def _open_book(scope: str, loaded: Loaded, now_ms: int) -> _Book | None:
    document = loaded.documents.get((KIND, campaign_of_scope(scope)))
    if document is None:
        return None
    state = read_campaign(document)
    return _Book(state, read_tallies(state, loaded.own.counts[scope]), loaded.own, now_ms)


def _rule(fact: Fact, book: _Book | None) -> Verdict:
    claim = _claim(fact)
    if book is None or book.state.room != fact.room:
        raise Refusal(ErrorCode.NOT_FOUND, "there is no campaign of this id here", field="campaign")
    drop, closed = book.find(claim.drop)
    if drop is None or closed is not None:
        return closed or _deny(NO_DROP)
    state, who = book.state, _find_who(book, fact, claim)
    had = book.had(fact.subject)
    of_drop = sum(grant.drop == drop.id for grant in had) if had else 0
    newest = had[-1] if had else None
    denied = claims.refuse(state, drop, book.tallies[drop.id], Had(len(had), of_drop), newest, who)
    if denied is not None:
        return _deny(denied)
    return Verdict(encode_granted(book.grant(drop, fact.subject)))


def _find_who(book: _Book, fact: Fact, claim: Claim) -> Claimant:
    """Who claims, with all that the audience rule asks for now.

    Raises:
        Refusal: it asks for more than it did when the claim came.
    """
    if not book.asks:
        return claim.who or Claimant(fact.subject)
    asks_spent = book.state.audience.spent is not None
    if claim.who is None or (asks_spent and not claim.asks_spent):
        raise Refusal(ErrorCode.UNAVAILABLE, "the campaign was changed just now; try again")
    if not asks_spent:
        return claim.who
    return claim.who._replace(spent=book.own.spent.get((fact.room, fact.subject), 0))


def encode_granted(grant: GrantState) -> bytes:
    """The data of the ack for a coupon that was granted just now.

    What a `ClaimAck` would be encoded as (a test compares), without making one: there are thousands a second.
    """
    told = {
        "id": grant.id,
        "campaign": grant.campaign,
        "drop": grant.drop,
        "amount": grant.amount,
        "currency": grant.currency,
        "expires_at": grant.expires_at_ms,
    }
    return orjson.dumps({"outcome": "granted", "grant": told})


def _deny(ack: ClaimAck) -> Verdict:
    """Not kept: the same tap may be granted later."""
    return Verdict(encode_value(ack), keep=False)


def _close(books: Sequence[_Book], verdicts: Sequence[Verdict | Refusal]) -> Decision:
    """What has come of the batch, for those campaigns that granted something."""
    changes: dict[CounterKey, int] = {}
    documents: list[tuple[Document, Cause]] = []
    messages: list[Message] = []
    for book in books:
        scope = scope_of(book.state.id)
        changes |= count_changes(scope, read_tallies(book.state, book.own.counts[scope]), book.tallies)
        state = book.state
        if any(not drop.exhausted and not drops.left(drop, book.tallies[drop.id]) for drop in state.drops):
            state, change = campaign.apply(state, Recount(), book.tallies, book.now_ms)
            if change is not None:
                documents.append((write_campaign(state), Cause("stock", CLAIM)))
                messages += tell_change(book.state, state, change, book.now_ms)
        messages += [tell_stock(state, book.tallies), *tell_granted(state, book.granted)]
    granted = [grant for book in books for grant in book.granted]
    return Decision(verdicts, changes, documents, messages, granted or None)
