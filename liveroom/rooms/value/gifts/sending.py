"""The decider of gifts: what each comes to, in order, with its combo, its charge and what is told.

Promise: a gift is given exactly when its answer says `sent`; it is in its combo, in the sums of the ranks, in the
points of a battle that runs, and in one event then. A charge that was kept for it follows in the same transaction:
paid, refused, or to be voided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.wire import encode_value
from liveroom.rooms.committed_events import room_message
from liveroom.rooms.errors import Refusal, key_conflict
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Needs, Verdict
from liveroom.rooms.levels.gains import tell_gains
from liveroom.rooms.messages.gift import ComboState, Gift, GiftAck, GiftOutcome
from liveroom.rooms.rules import charges as rules
from liveroom.rooms.rules import combos
from liveroom.rooms.rules.charges import ChargeState, Word
from liveroom.rooms.rules.combos import Combo, ComboKey, Give
from liveroom.rooms.storage.charges import Charge, hear, load_charges, store_charges
from liveroom.rooms.storage.combos import Gain, add_gains, load_open, store_combos
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.storage.rooms import KIND as ROOM
from liveroom.rooms.value.battles.book import BattleBook, load_books, store_gains
from liveroom.rooms.value.gifts.giving import Giving, charge_id_of, is_charged_by, mark_of
from liveroom.rooms.value.gifts.telling import Grown, following, sent_event, settled_webhook

CONSENT = frozenset({Word.ACCEPTED, Word.TRUSTED})
"""Words of billing with which a gift is given."""


class Books(NamedTuple):
    """What is loaded: open combos, charges by id, and battles that run, by room."""

    combos: Sequence[Combo]
    charges: dict[str, Charge]
    battles: Mapping[str, BattleBook]


@dataclass(frozen=True, slots=True)
class Entries:
    """What is to be written."""

    begun: Sequence[Combo]
    changed: Sequence[Combo]
    gains: Sequence[Gain]
    charges: Sequence[Charge]
    battles: Sequence[BattleBook]


class SendGifts(Decider):
    """See the module.

    Args:
        currency: of all prices.
    """

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def needs(self, facts: Sequence[Fact]) -> Needs:
        """The rooms, since a gift belongs to the show that runs."""
        return Needs(documents=frozenset((ROOM, fact.room) for fact in facts))

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Books:
        """The open combos of the givers, the charges of the gifts, and the battles of the rooms."""
        givers = {(fact.room, cast(Giving, fact.context).by.id) for fact in facts}
        ids = [charge_id_of(fact.subject, fact.key) for fact in facts]
        charges = dict(await load_charges(connection, ids))
        return Books(await load_open(connection, givers), charges, await load_books(connection, givers))

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """See `Decider.decide`."""
        batch = _Batch(loaded, now_ms)
        verdicts = [batch.rule(fact) for fact in facts]
        messages, entries = batch.messages(self._currency), batch.entries()
        counters = {name: change for book in entries.battles for name, change in book.counters().items()}
        return Decision(verdicts, counters=counters, messages=messages, own=entries)

    async def store(self, connection: AsyncConnection, own: Entries) -> None:
        """Write combos, sums, charges, and who made points in battles."""
        await store_combos(connection, own.begun, own.changed)
        await add_gains(connection, own.gains)
        await store_charges(connection, (), own.charges)
        await store_gains(connection, own.battles)


class _Batch:
    """The gifts of a batch, one after the other."""

    def __init__(self, loaded: Loaded, now_ms: int) -> None:
        books = cast(Books, loaded.own)
        self._rooms = loaded.documents
        self._now_ms = now_ms
        self._open: dict[ComboKey, Combo] = {combo.key: combo for combo in books.combos}
        self._charges = books.charges
        self._battles = books.battles
        self._changed_charges: dict[str, Charge] = {}
        self._grown: dict[str, Grown] = {}
        self._gains: dict[tuple[str, str, str], Gain] = {}

    def rule(self, fact: Fact) -> Verdict | Refusal:
        """One gift. Refused is one whose key has the charge of another."""
        giving = cast(Giving, fact.context)
        charge = self._charges.get(charge_id_of(fact.subject, fact.key))
        if charge is not None and not is_charged_by(charge, fact.room, fact.body.decode()):
            return key_conflict()
        outcome = self._judge(fact, giving, charge)
        if charge is not None:
            self._follow(charge, outcome, giving)
        if outcome is not GiftOutcome.SENT or giving.gift is None or giving.show is None:
            reason = giving.reason if outcome is GiftOutcome.REFUSED else None
            return Verdict(encode_value(GiftAck(outcome=outcome, reason=reason)), keep=charge is not None)
        # Without a word of billing the charge is undone: it is not what this gift costs.
        amount = charge.amount if charge is not None and giving.word is not None else giving.amount
        combo = self._add(fact, giving, giving.gift, giving.show, amount)
        state = None
        if combo.status is combos.OPEN:
            state = ComboState(id=combo.id, count=combo.count, amount=combo.amount, ends_at=combo.due_at_ms)
        return Verdict(encode_value(GiftAck(outcome=outcome, amount=amount, combo=state)))

    def messages(self, currency: str) -> Sequence[Message]:
        """One message of events for each room; webhooks of what is settled already; what follows."""
        told: list[Message] = []
        rooms: dict[str, list[Grown]] = {}
        for grown in self._grown.values():
            rooms.setdefault(grown.combo.room, []).append(grown)
        for room, each in rooms.items():
            told.append(room_message(room, [sent_event(grown, self._now_ms) for grown in each]))
            settled = [grown.combo for grown in each if grown.combo.status is combos.CLOSED]
            if settled:
                told.append(settled_webhook(room, settled, currency))
            show = self._show_of(room)
            told.append(following(room, [grown.combo for grown in each], show["started_at"] if show else None))
        books = (message for book in self._books() for message in book.messages())
        return [*told, *books, *tell_gains(self._gains.values())]

    def entries(self) -> Entries:
        """What has changed."""
        grown = self._grown.values()
        return Entries(
            [each.combo for each in grown if each.opened],
            [each.combo for each in grown if not each.opened],
            list(self._gains.values()),
            list(self._changed_charges.values()),
            self._books(),
        )

    def _books(self) -> Sequence[BattleBook]:
        """Each battle once, however many of its rooms are in the batch."""
        return list({book.state.id: book for book in self._battles.values()}.values())

    def _judge(self, fact: Fact, giving: Giving, charge: Charge | None) -> GiftOutcome:
        if giving.refusal is not None:
            return giving.refusal
        word = giving.word
        if word is not None and word not in CONSENT:
            return GiftOutcome.REFUSED if word is Word.DECLINED else GiftOutcome.BILLING_UNAVAILABLE
        if giving.gift is None:
            return GiftOutcome.NOT_OFFERED
        if giving.show is None or giving.show != (self._show_of(fact.room) or {}).get("id"):
            return GiftOutcome.NOT_LIVE
        if word is not None and (charge is None or charge.state is not ChargeState.PENDING):
            return GiftOutcome.BILLING_UNAVAILABLE
        return GiftOutcome.SENT

    def _show_of(self, room: str) -> dict[str, Any] | None:
        document = self._rooms.get((ROOM, room))
        return document.state.get("show") if document is not None else None

    def _follow(self, charge: Charge, outcome: GiftOutcome, giving: Giving) -> None:
        """What becomes of the charge; one that nobody asked billing about in this try may have been asked before."""
        word = giving.word or Word.UNANSWERED
        if outcome is not GiftOutcome.SENT and word in CONSENT:
            word = Word.WITHDRAWN
        if (charge.state, word) in rules.TABLE:
            after = hear(charge, word, giving.reason, self._now_ms)
            self._charges[charge.id] = self._changed_charges[charge.id] = after

    def _add(self, fact: Fact, giving: Giving, gift: Gift, show: str, amount: int) -> Combo:
        given = Give(giving.count, amount, gift.combo_window_ms)
        key = ComboKey(fact.room, show, giving.by.id, gift.id, giving.to.id)
        running = self._open.get(key)
        if running is not None and combos.goes_on(running, given, self._now_ms):
            combo, opened = combos.apply(running, given, self._now_ms), False
        else:
            combo, opened = combos.begin(_combo_id(fact), key, giving.by, giving.to, given, self._now_ms), True
        self._open[key] = combo
        if not gift.combo_window_ms:
            combo = combos.apply(combo, combos.Settle(), self._now_ms)
        before = self._grown.get(combo.id)
        added, is_new = (before.added, before.opened) if before else (0, opened)
        self._grown[combo.id] = Grown(combo, added + giving.count, is_new)
        self._count(combo, giving, amount)
        return combo

    def _count(self, combo: Combo, giving: Giving, amount: int) -> None:
        key = (combo.room, combo.show, giving.by.id)
        so_far = self._gains.get(key)
        gifts, sum_ = (so_far.gifts, so_far.amount) if so_far else (0, 0)
        if (battle := self._battles.get(combo.room)) is not None:
            battle.gift(combo.room, giving.by, giving.count, amount, self._now_ms)
        self._gains[key] = Gain(combo.room, combo.show, giving.by, gifts + giving.count, sum_ + amount)


def _combo_id(fact: Fact) -> str:
    return "combo_" + mark_of(fact.unique_key)
