"""Gifts (L14): what is on offer, giving, combos, and who gave most.

Promise: numbers are absolute and made by the server, so a lost, repeated or reordered message never changes a total;
every combo ends, with one total and one settlement.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.money import Amount, Sum
from liveroom.rooms.messages.people import Count, EpochMs, ItemId, Name, Person, UserId, Visitor

GIVERS = frozenset({Role.VIEWER, Role.MODERATOR})
NAME_CHARS = 32
MOST_AT_ONCE = 999
LARGEST_PRICE = 10**9
LONGEST_COMBO_MS = 60_000
TOP = 10

GiftId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", description="name of the gift in the catalogue")]
GiftName = Annotated[str, Field(min_length=1, max_length=NAME_CHARS, description="what it is called")]
GiftCount = Annotated[int, Field(ge=1, le=MOST_AT_ONCE, description="how many at once")]
Price = Annotated[int, Field(ge=0, le=LARGEST_PRICE, description="of one, in minor units of the gift currency")]
Window = Annotated[
    int, Field(ge=0, le=LONGEST_COMBO_MS, description="the same gift within this time goes on the combo; 0: no combo")
]
Icon = Annotated[
    str,
    Field(
        pattern=r"^([^\x00-\x20\x7f-\xa0<>\"'&/\\:.]{1,16}|/[A-Za-z0-9_.-][A-Za-z0-9_./-]{0,199})$",
        description="an emoji or a few letters, or a path on the page's own host",
    ),
]
GiftCurrency = Annotated[
    str, Field(pattern=r"^[A-Z][A-Z0-9]{2,7}$", description="the app's coins, or an ISO 4217 code")
]


class GiftEffect(StrEnum):
    """How grandly a gift is shown."""

    NONE = "none"
    FLOAT = "float"
    BANNER = "banner"
    FULL = "full"


class GiftStatus(StrEnum):
    """Whether a gift can be given."""

    ON = "on"
    OFF = "off"


class GiftNames(Model):
    """What a gift is called."""

    zh: GiftName
    en: GiftName


class Gift(Model):
    """One gift of the catalogue."""

    id: GiftId
    names: GiftNames
    price: Price
    effect: GiftEffect = GiftEffect.FLOAT
    combo_window_ms: Window = 5_000
    icon: Icon
    status: GiftStatus = GiftStatus.ON


class GiftOutcome(StrEnum):
    """What became of a gift; all but `sent` mean that nothing was given and nothing stays charged."""

    SENT = "sent"
    REFUSED = "refused"
    NOT_LIVE = "not_live"
    NOT_OFFERED = "not_offered"
    WRONG_RECEIVER = "wrong_receiver"
    CLOSED = "closed"
    BILLING_UNAVAILABLE = "billing_unavailable"


class ComboState(Model):
    """A combo as it is after a gift: absolute numbers."""

    id: ItemId
    count: Annotated[Count, Field(description="gifts in the combo")]
    amount: Sum
    ends_at: Annotated[EpochMs, Field(description="the next one of the same gift has to come before")]


class GiftAck(Model):
    """The answer to a gift."""

    outcome: GiftOutcome
    reason: Annotated[
        str | None, Field(max_length=64, description="why the app's billing refused, in its own words")
    ] = None
    amount: Annotated[Amount | None, Field(description="what this one cost; only when sent")] = None
    combo: ComboState | None = None


@command("gift.send", roles=GIVERS, rate=Rate(per_s=10, burst=30), ack=GiftAck)
class SendGift(Model):
    """Give something to the host. Needs a `key`: a repeat gives nothing more and costs nothing more."""

    gift: GiftId
    count: GiftCount = 1
    to: Annotated[UserId | None, Field(description="who gets it; absent: the host of the room")] = None


@event("gift.sent", delivery=Delivery.SEQUENCED)
class GiftSent(Model):
    """A combo began or went on; replaces what was told of this combo before. Beginnings are flushed at once."""

    combo: ItemId
    gift: GiftId
    by: Visitor
    to: Person
    count: Annotated[Count, Field(description="gifts in the combo")]
    added: Annotated[Count, Field(description="how many of them are new with this event")]
    amount: Annotated[Sum, Field(description="of the whole combo")]
    opened: Annotated[bool, Field(description="this is the beginning of the combo")] = False
    ends_at: Annotated[EpochMs | None, Field(description="when the combo ends unless it goes on; absent: no combo")] = (
        None
    )


@event("gift.combo_closed", delivery=Delivery.SEQUENCED)
class ComboClosed(Model):
    """A combo is over; this is its final total. A gift without a combo is settled when it is sent, without this."""

    combo: ItemId
    gift: GiftId
    by: Visitor
    to: Person
    count: Annotated[Count, Field(description="gifts in the combo")]
    amount: Sum
    settlement_id: ItemId


class Giver(Model):
    """One place of a rank."""

    user: Visitor
    amount: Sum


@event("gift_ranks", delivery=Delivery.LATEST)
class GiftRanks(Model):
    """Who gave most in the show, the first ten; of equal sums the one whose user id sorts first."""

    show_id: ItemId
    top: Annotated[tuple[Giver, ...], Field(max_length=TOP, description="highest first")] = ()


@event("gift_totals", delivery=Delivery.LATEST)
class GiftTotals(Model):
    """What was given in the show so far."""

    show_id: ItemId
    gifts: Annotated[Count, Field(description="given so far")]
    amount: Sum
    givers: Annotated[Count, Field(description="people who gave something")]
    currency: GiftCurrency


class GiftSettled(Model):
    """Data of the webhook `gift.settled`."""

    settlement_id: ItemId
    combo: ItemId
    show_id: ItemId
    gift: GiftId
    user_id: UserId
    name: Name
    to: UserId
    count: Count
    amount: Sum
    currency: GiftCurrency
    opened_at: EpochMs
    closed_at: EpochMs
