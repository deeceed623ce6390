"""What is told of combos, as messages of the transaction that changes them: events, webhooks, and what follows.

Promise: one event for each combo and commit, with absolute numbers; a settlement is told exactly where it is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import orjson

from liveroom.realtime.backplane.base import Event
from liveroom.realtime.wire import encode_event
from liveroom.rooms.messages.gift import ComboClosed, GiftSent, GiftSettled
from liveroom.rooms.rules.combos import Combo, ComboStatus
from liveroom.rooms.storage.outbox import Lane, Message
from liveroom.rooms.webhook_events import webhook_batch

LANE = "gifts"
"""The lane of what follows a commit: ranks, thanks, the timer of combos."""


class Grown(NamedTuple):
    """A combo after a commit, and what the commit brought to it."""

    combo: Combo
    added: int
    opened: bool


def sent_event(grown: Grown, now_ms: int) -> Event:
    """The event of a combo that began or went on; the beginning is not kept waiting."""
    combo = grown.combo
    told = GiftSent(
        combo=combo.id,
        gift=combo.gift,
        by=combo.by,
        to=combo.to,
        count=combo.count,
        added=grown.added,
        amount=combo.amount,
        opened=grown.opened,
        ends_at=combo.due_at_ms if combo.status is ComboStatus.OPEN else None,
    )
    return Event("gift.sent", encode_event("gift.sent", now_ms, told), vital=grown.opened)


def closed_event(combo: Combo, now_ms: int) -> Event:
    """The event of a combo that is over."""
    told = ComboClosed(
        combo=combo.id,
        gift=combo.gift,
        by=combo.by,
        to=combo.to,
        count=combo.count,
        amount=combo.amount,
        settlement_id=combo.settlement_id,
    )
    return Event("gift.combo_closed", encode_event("gift.combo_closed", now_ms, told))


def settled_webhook(room: str, combos: Iterable[Combo], currency: str) -> Message:
    """The webhooks of combos that are over."""
    return webhook_batch(room, [("gift.settled", _settled(combo, currency).model_dump()) for combo in combos])


def following(room: str, combos: Sequence[Combo], started_at: int | None = None) -> Message:
    """What is to be done after the commit, by whoever sends the outbox.

    Args:
        started_at: when the show of these gifts has begun, epoch ms; None: nothing was given just now.
    """
    return Message(Lane(LANE, room), orjson.dumps([_as_json(combo) | {"started": started_at} for combo in combos]))


class Followed(NamedTuple):
    """A combo as `following` tells it."""

    combo: str
    show: str
    due_at_ms: int
    is_closed: bool
    started_at: int | None


def read_following(payloads: Iterable[bytes]) -> Sequence[Followed]:
    """The combos that were told of, in order."""
    return [
        Followed(each["id"], each["show"], each["due"], each["closed"], each.get("started"))
        for payload in payloads
        for each in orjson.loads(payload)
    ]


def _as_json(combo: Combo) -> dict[str, object]:
    return {
        "id": combo.id,
        "show": combo.show,
        "due": combo.due_at_ms,
        "closed": combo.status is ComboStatus.CLOSED,
    }


def _settled(combo: Combo, currency: str) -> GiftSettled:
    return GiftSettled(
        settlement_id=combo.settlement_id,
        combo=combo.id,
        show_id=combo.show,
        gift=combo.gift,
        user_id=combo.by.id,
        name=combo.by.name,
        to=combo.to.id,
        count=combo.count,
        amount=combo.amount,
        currency=currency,
        opened_at=combo.opened_at_ms,
        closed_at=combo.closed_at_ms or combo.last_at_ms,
    )
