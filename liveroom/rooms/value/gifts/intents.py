"""The decider of intents: a charge is kept before the app's billing is asked, so that no crash can lose one.

Promise: a gift has one charge, however often it is tried; a gift that was answered for good gets no new one.
A charge is of one gift: another one under its key is refused before billing is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, cast

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.rooms.errors import Refusal, key_conflict
from liveroom.rooms.ledger import Answer, Decider, Decision, Fact, Loaded, Verdict
from liveroom.rooms.storage.charges import Charge, load_answered, load_charges, store_charges
from liveroom.rooms.value.gifts.giving import CHARGE, is_charged_by, scope_of


class Intent(NamedTuple):
    """What was found or made.

    Args:
        is_answered: the gift has its answer; billing is not to be asked.
        is_new: nobody can have asked billing about this charge yet.
        amount: what is asked for, in minor units; the price may have changed since.
    """

    is_answered: bool
    is_new: bool
    amount: int


class _Known(NamedTuple):
    charges: Mapping[str, Charge]
    answered: Collection[str]


def intent_fact(charge: Charge, now_ms: int) -> Fact:
    """The wish to charge. It is not kept as a fact: the charge itself is. Its body tells a repeat from another gift."""
    body = charge.body.encode()
    return Fact(CHARGE, charge.room, scope_of(charge.room), charge.user_id, charge.id, body, now_ms, charge)


def read_intent(answer: Answer) -> Intent:
    """What the decider has answered."""
    found = orjson.loads(answer.data)
    # Of two tries in one commit only one is new.
    return Intent(found["answered"], found["new"] and not answer.duplicate, found["amount"])


class KeepCharges(Decider):
    """See the module."""

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> _Known:
        """Charges that are there already, and gifts that have their answer."""
        charges = [cast(Charge, fact.context) for fact in facts]
        known = await load_charges(connection, [charge.id for charge in charges])
        return _Known(known, await load_answered(connection, [_gift_key(charge) for charge in charges]))

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Keep what is new."""
        known = cast(_Known, loaded.own)
        begun: list[Charge] = []
        verdicts: list[Verdict | Refusal] = []
        for fact in facts:
            charge = cast(Charge, fact.context)
            found = known.charges.get(charge.id)
            is_answered = _gift_key(charge) in known.answered
            if found is not None and not is_answered and not is_charged_by(found, charge.room, charge.body):
                verdicts.append(key_conflict())
                continue
            is_new = found is None and not is_answered
            if is_new:
                begun.append(charge)
            amount = charge.amount if found is None else found.amount
            answer = {"answered": is_answered, "new": is_new, "amount": amount}
            verdicts.append(Verdict(orjson.dumps(answer), keep=False))
        return Decision(verdicts, own=begun or None)

    async def store(self, connection: AsyncConnection, own: Sequence[Charge]) -> None:
        """Write the new ones."""
        await store_charges(connection, own, ())


def _gift_key(charge: Charge) -> str:
    return f"{charge.user_id}\n{charge.key}"
