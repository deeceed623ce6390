"""What the app's own servers can be told by webhook, and the outbox message that tells it.

Promise: an event is kept in the transaction of its cause, so it is told if and only if the cause was committed. Who
wants it is decided later (`webhooks/fan_out.py`), so that telling costs the transaction one row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import orjson

from liveroom.rooms.storage.outbox import Lane, Message

LANE = "webhooks"
EVENT_BYTES = 128 * 1024
"""Most of one event; what is larger belongs behind a link. The largest is a draw with its hundred winners, whose ids
and names may have four bytes a character."""

WEBHOOK_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "room.opened": "a room lets viewers in before or after a show",
        "show.started": "a show has begun",
        "show.ended": "a show is over",
        "show.summarised": "the numbers of a show that is over are final, with its highlights",
        "user.banned": "a user is kept out of a room",
        "coupon.granted": "viewers have got coupons",
        "coupon.redeemed": "a coupon was used",
        "campaign.exhausted": "the last coupon of a campaign is granted",
        "gift.settled": "a gift, or the end of a combo, is charged",
        "product.explained": "the host begins to explain a product",
        "question.answered": "a question of viewers was answered",
        "question.left_open": "a question of viewers was left open",
        "stage.guest_seated": "a viewer has got a seat on the stage",
        "stage.guest_left": "a guest is off the stage",
        "battle.started": "a round of a battle has begun; told for each room in it",
        "battle.settled": "a round of a battle is over; told for each room in it",
        "level.reached": "somebody has reached a level that the scene announces",
        "club.joined": "somebody has joined the fan club of a room",
        "club.left": "somebody has left it",
        "order.recorded": "an order of the shop is counted for a room",
        "lottery.drawn": "the winners of a lottery are drawn",
        "topic.closed": "a topic is closed, with what it came to",
        "poll.closed": "a poll is over, with its result",
        "poll.settled": "what a prediction was about has come to pass",
    }
)
"""Types of events with their meaning; an endpoint may ask for some of them."""

Event = tuple[str, Mapping[str, object]]
"""Type and data."""


def webhook_message(room: str, type_: str, data: Mapping[str, object]) -> Message:
    """The outbox message that tells an event to every webhook that asked for it.

    Args:
        room: where it happened.
        type_: one of `WEBHOOK_EVENTS`.
        data: what is told, as JSON; it names ids and amounts, and never carries a secret.

    Raises:
        ValueError: the type is not declared, so nobody could ask for it; or the data is too large.
    """
    return webhook_batch(room, [(type_, data)])


def webhook_batch(room: str, events: Sequence[Event]) -> Message:
    """The same for several events of one room and one transaction, in their order: one row instead of many.

    Raises:
        ValueError: as `webhook_message`.
    """
    return Message(Lane(LANE, room), b"[" + b",".join(_encode(type_, data) for type_, data in events) + b"]")


def _encode(type_: str, data: Mapping[str, object]) -> bytes:
    if type_ not in WEBHOOK_EVENTS:
        raise ValueError(f"{type_} is no webhook event; declare it in WEBHOOK_EVENTS")
    encoded = orjson.dumps([type_, data])
    if len(encoded) > EVENT_BYTES:
        raise ValueError(f"{type_} has {len(encoded)} bytes; a webhook event has at most {EVENT_BYTES}")
    return encoded
