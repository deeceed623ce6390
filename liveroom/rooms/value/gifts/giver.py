"""Takes gifts at the desk: what memory knows of them, the app's billing, then the ledger.

Promise: the answer is what the ledger says, also for a repeat; before billing is asked the charge is kept, and after
its word the gift and the charge are settled together. What was charged for nothing is voided, however late it shows.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import cast

import orjson

from liveroom.realtime.clock import Clock
from liveroom.realtime.identity import Identity
from liveroom.rooms.ledger import Answer, Fact, Ledger
from liveroom.rooms.messages.gift import GiftOutcome, GiftStatus, SendGift
from liveroom.rooms.messages.people import Visitor
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules.charges import ChargeState, Word
from liveroom.rooms.storage.charges import Charge
from liveroom.rooms.value.gifts.billing import Billing, BillingMode, BillingTelemetry, GiftTerms
from liveroom.rooms.value.gifts.catalogue import GiftCatalogue
from liveroom.rooms.value.gifts.collector import Collector
from liveroom.rooms.value.gifts.giving import Giving, charge_id_of, make_fact, write_body
from liveroom.rooms.value.gifts.intents import intent_fact, read_intent

LEFTOVER_MS = 10_000
"""A charge that is still open after this was left behind: no try lasts so long."""
MAY_BE_CHARGED = frozenset({Word.ACCEPTED, Word.UNANSWERED, Word.TRUSTED})


class Giver:
    """See the module.

    Args:
        billing: None where nothing is charged.
        collector: hears of charges that were given up.
    """

    def __init__(
        self,
        terms: GiftTerms,
        catalogue: GiftCatalogue,
        billing: Billing | None,
        ledger: Ledger,
        collector: Collector,
        clock: Clock,
        telemetry: BillingTelemetry,
    ) -> None:
        self._terms = terms
        self._catalogue = catalogue
        self._billing = billing
        self._ledger = ledger
        self._collector = collector
        self._clock = clock
        self._telemetry = telemetry

    def handle(self, room: Room, request: Request, now_ms: int) -> Awaitable[Answer]:
        """`gift.send`; the desk has seen to it that there is a key."""
        wanted = cast(SendGift, request.data)
        by = _visitor(room, request.identity)
        giving = self.prepare(room, by, wanted, may_give=self._terms.mode is not BillingMode.CLOSED)
        body = write_body(wanted.gift, wanted.count, wanted.to)
        return self._give(make_fact(room.id, by.id, request.key or "", body, giving, now_ms))

    async def give_for(self, room: Room, by: Visitor, wanted: SendGift, service: str, key: str) -> Answer:
        """A gift that a trusted server has charged already; keys are those of the server."""
        giving = self.prepare(room, by, wanted, may_give=True)
        body = write_body(wanted.gift, wanted.count, wanted.to, by)
        answer = await self._ledger.write(make_fact(room.id, service, key, body, giving, self._clock.now_ms()))
        self._note(answer)
        return answer

    def prepare(self, room: Room, by: Visitor, wanted: SendGift, *, may_give: bool) -> Giving:
        """What memory knows of a gift."""
        gift = self._catalogue.get(wanted.gift)
        host = room.document.host
        show = room.document.show
        refusal = None
        if not may_give:
            refusal = GiftOutcome.CLOSED
        elif gift is None or gift.status is not GiftStatus.ON:
            refusal = GiftOutcome.NOT_OFFERED
        elif wanted.to not in (None, host.id) or by.id == host.id:
            refusal = GiftOutcome.WRONG_RECEIVER
        elif show is None:
            refusal = GiftOutcome.NOT_LIVE
        return Giving(by, host, gift, wanted.count, show.id if show else None, refusal)

    async def _give(self, fact: Fact) -> Answer:
        giving = cast(Giving, fact.context)
        if giving.refusal is None and self._billing is not None and giving.amount:
            fact = await self._pay(fact, giving, self._billing)
        answer = await self._ledger.write(fact)
        word = cast(Giving, fact.context).word
        if answer.duplicate and _outcome(answer) is not GiftOutcome.SENT and word in MAY_BE_CHARGED:
            # Somebody else has settled this gift meanwhile, and did not know of this try.
            await self._collector.take_back(charge_id_of(fact.subject, fact.key), word)
        self._note(answer)
        if self._leaves_work(word, _outcome(answer)):
            self._collector.wake()
        return answer

    async def _pay(self, fact: Fact, giving: Giving, billing: Billing) -> Fact:
        """The fact with what billing said."""
        if billing.is_away and not self._terms.trusts:
            # Answered by the ledger all the same: a repeat of a gift that was given is told so.
            return replace(fact, context=giving_after(giving, Word.UNANSWERED))
        charge = self._charge(fact, giving)
        intent = read_intent(await self._ledger.write(intent_fact(charge, fact.at_ms)))
        if intent.is_answered:
            return fact
        heard = await billing.charge(replace(charge, amount=intent.amount), self._terms.deadline_s)
        word = heard.word
        if word is Word.UNASKED and not intent.is_new:
            word = Word.UNANSWERED
        return replace(fact, context=giving_after(giving, self._unheard(word), heard.reason))

    def _leaves_work(self, word: Word | None, outcome: GiftOutcome) -> bool:
        """Whether there is something to settle with billing now; while it is away, the sweep sees to it."""
        if word is None or self._billing is None or self._billing.is_away:
            return False
        return word is not Word.ACCEPTED or outcome is not GiftOutcome.SENT

    def _unheard(self, word: Word) -> Word:
        """What no answer means here: the policy may trust the viewer."""
        is_unheard = word in (Word.UNANSWERED, Word.UNASKED)
        return Word.TRUSTED if is_unheard and self._terms.trusts else word

    def _charge(self, fact: Fact, giving: Giving) -> Charge:
        return Charge(
            id=charge_id_of(fact.subject, fact.key),
            room=fact.room,
            show=giving.show or "",
            user_id=fact.subject,
            name=giving.by.name,
            key=fact.key,
            body=fact.body.decode(),
            gift=giving.gift.id if giving.gift else "",
            to_id=giving.to.id,
            count=giving.count,
            amount=giving.amount,
            currency=self._terms.currency,
            state=ChargeState.PENDING,
            reason=None,
            attempts=0,
            created_at_ms=fact.at_ms,
            next_at_ms=fact.at_ms + LEFTOVER_MS,
        )

    def _note(self, answer: Answer) -> None:
        self._telemetry.gift_answered(_outcome(answer))


def giving_after(giving: Giving, word: Word, reason: str | None = None) -> Giving:
    """A gift after billing's word."""
    return replace(giving, word=word, reason=reason)


def _outcome(answer: Answer) -> GiftOutcome:
    return GiftOutcome(orjson.loads(answer.data)["outcome"])


def _visitor(room: Room, identity: Identity) -> Visitor:
    viewer = room.attendance.viewers.get(identity.user_id)
    return (viewer.traits if viewer else room.traits_of(identity)).visitor()
