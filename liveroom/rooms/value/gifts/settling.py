"""The decider that closes combos: once each, whoever asks and however often.

Promise: of many nodes, timers and sweeps one closes a combo, when its time is over; the others are told that it is
closed, or how long it has still to go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.committed_events import room_message
from liveroom.rooms.errors import Refusal
from liveroom.rooms.ledger import Decider, Decision, Fact, Loaded, Verdict
from liveroom.rooms.rules import combos
from liveroom.rooms.rules.combos import Combo, Settle
from liveroom.rooms.storage.combos import load_combos, store_combos
from liveroom.rooms.storage.outbox import Message
from liveroom.rooms.value.gifts.giving import SETTLE, scope_of
from liveroom.rooms.value.gifts.telling import closed_event, following, settled_webhook

KEY = "settle"


def settle_fact(combo_id: str, room: str, now_ms: int) -> Fact:
    """The wish to close a combo. Its subject is the combo; no user id has a space in it."""
    body = orjson.dumps({"combo": combo_id})
    return Fact(SETTLE, room, scope_of(room), f"combo {combo_id}", KEY, body, now_ms, combo_id)


class SettleCombos(Decider):
    """See the module.

    Args:
        currency: of all prices.
    """

    def __init__(self, currency: str) -> None:
        self._currency = currency

    async def load(self, connection: AsyncConnection, facts: Sequence[Fact]) -> Mapping[str, Combo]:
        """The combos."""
        return await load_combos(connection, {cast(str, fact.context) for fact in facts})

    def decide(self, facts: Sequence[Fact], loaded: Loaded, now_ms: int) -> Decision:
        """Close those whose time is over."""
        known = cast(Mapping[str, Combo], loaded.own)
        closed: list[Combo] = []
        verdicts = [_rule(known.get(cast(str, fact.context)), closed, now_ms) for fact in facts]
        return Decision(verdicts, messages=self._messages(closed, now_ms), own=closed or None)

    async def store(self, connection: AsyncConnection, own: Sequence[Combo]) -> None:
        """Write the closed ones."""
        await store_combos(connection, (), own)

    def _messages(self, closed: Sequence[Combo], now_ms: int) -> Sequence[Message]:
        rooms: dict[str, list[Combo]] = {}
        for combo in closed:
            rooms.setdefault(combo.room, []).append(combo)
        told: list[Message] = []
        for room, each in rooms.items():
            told.append(room_message(room, [closed_event(combo, now_ms) for combo in each]))
            told.append(settled_webhook(room, each, self._currency))
            told.append(following(room, each))
        return told


def _rule(combo: Combo | None, closed: list[Combo], now_ms: int) -> Verdict | Refusal:
    if combo is None:
        return Refusal(ErrorCode.NOT_FOUND, "there is no such combo", field="combo")
    if combo.status is combos.OPEN and now_ms < combo.due_at_ms:
        return Verdict(orjson.dumps({"due_at": combo.due_at_ms}), keep=False)
    answer = orjson.dumps({"settlement_id": combo.settlement_id})
    if combo.status is combos.CLOSED:
        return Verdict(answer, keep=False)
    closed.append(combos.apply(combo, Settle(), now_ms))
    return Verdict(answer)
