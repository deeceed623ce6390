"""Lotteries (L28): what can be won, who has entered, and who won, so that anyone can work it out again.

Promise: `lottery.changed` carries the whole public view with its version, so the newest one alone is enough. The
commitment is told with the first one, the seed with the winners and never before (docs/lottery.md).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from liveroom.realtime.catalogue import HOSTS, Delivery, Model, Rate, command, event
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.campaign import Audience, Rule
from liveroom.rooms.messages.people import Count, EpochMs, Name, Person

ENTRANTS = frozenset({Role.VIEWER, Role.MODERATOR})
"""Guests are not among them: somebody can be as many guests as they like."""
HOST_PACE = Rate(per_s=1, burst=10)
TITLE_CHARS = 40
PRIZE_CHARS = 40
KEYWORD_CHARS = 20
MOST_PRIZES = 10
MOST_WINNERS = 100
MOST_ENTRIES = 50_000
LONGEST_S = 7 * 86_400

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
LotteryId = Annotated[str, Field(pattern=r"^l_[0-9a-f]{16}$", description="id of the lottery, made by the server")]
Title = Annotated[str, Field(min_length=1, max_length=TITLE_CHARS, description="what it is called")]
Keyword = Annotated[str, Field(min_length=1, max_length=KEYWORD_CHARS, description="what has to be said to enter")]
Number = Annotated[int, Field(ge=1, le=MOST_ENTRIES, description="of the entry: the first one has 1")]
Ticket = Annotated[
    str, Field(pattern=r"^[0-9a-f]{24}$", description="stands for the entrant in the draw; told to them alone")
]
Version = Annotated[
    int, Field(ge=1, le=2**53 - 1, description="counts the changes of the lottery; the highest is newest")
]


class LotteryStatus(StrEnum):
    """Where a lottery is in its life."""

    OPEN = "open"
    DRAWING = "drawing"
    DRAWN = "drawn"
    CANCELLED = "cancelled"
    HIDDEN = "hidden"


class Prize(Model):
    """Something that can be won."""

    name: Annotated[str, Field(min_length=1, max_length=PRIZE_CHARS, description="what it is")]
    count: Annotated[int, Field(ge=1, le=MOST_WINNERS, description="how many there are")] = 1


class ByTap(Model):
    """Who taps has entered."""

    how: Literal["tap"]


class ByComment(Model):
    """Who says the keyword in a comment has entered."""

    how: Literal["comment"]
    keyword: Keyword


Way = Annotated[ByTap | ByComment, Field(discriminator="how", description="how one enters")]
Prizes = Annotated[
    tuple[Prize, ...],
    # Not strict: an HTTP body arrives here as Python values, where an array is a list.
    Field(min_length=1, max_length=MOST_PRIZES, strict=False, description="the best first; at most 100 in all"),
]


class Winner(Model):
    """Who won what."""

    prize: Annotated[int, Field(ge=0, lt=MOST_PRIZES, description="place in `prizes`, counted from 0")]
    number: Number
    ticket: Ticket
    user: Person


class LotteryView(Model):
    """A lottery as everybody sees it."""

    id: LotteryId
    version: Version
    status: LotteryStatus
    title: Title
    prizes: Prizes
    way: Way
    audience: Annotated[Audience, Field(description="who may enter")] = Audience()
    opened_at: EpochMs
    ends_at: Annotated[EpochMs, Field(description="entries are taken until then, by the server's clock")]
    commitment: Annotated[Digest, Field(description="binds the seed and the prizes before anybody has entered")]
    draws_at: Annotated[EpochMs | None, Field(description="drawing: when the winners are told")] = None
    entries: Annotated[Count | None, Field(description="from drawing on: how many have entered")] = None
    entries_hash: Annotated[Digest | None, Field(description="drawn: of all tickets in order")] = None
    seed: Annotated[Digest | None, Field(description="drawn: what the draw was made from")] = None
    winners: Annotated[tuple[Winner, ...] | None, Field(max_length=MOST_WINNERS, description="drawn: in order")] = None


class LotteryAck(Model):
    """The lottery after the command."""

    lottery: LotteryView


class OfLottery(Model):
    """Something about one lottery."""

    lottery: LotteryId


@command("lottery.open", roles=HOSTS, rate=HOST_PACE, ack=LotteryAck)
class OpenLottery(Model):
    """Let people enter. Needs a key: a repeat with the same key opens no second one."""

    title: Title
    prizes: Prizes
    way: Way = ByTap(how="tap")
    audience: Annotated[Audience, Field(description="who may enter")] = Audience()
    lasts_s: Annotated[
        int | None,
        Field(ge=5, le=LONGEST_S, description="seconds in which entries are taken; absent: as the scene says"),
    ] = None


@command("lottery.draw", roles=HOSTS, rate=HOST_PACE, ack=LotteryAck)
class DrawLottery(OfLottery):
    """Take no more entries and draw, before the time is over."""


@command("lottery.cancel", roles=HOSTS, rate=HOST_PACE, ack=LotteryAck)
class CancelLottery(OfLottery):
    """Withdraw a lottery that is open; nobody wins."""


@command("lottery.hide", roles=HOSTS, rate=HOST_PACE, ack=LotteryAck)
class HideLottery(OfLottery):
    """Take a lottery that is drawn out of the room; its result is kept."""


class EntryOutcome(StrEnum):
    """What became of an entry."""

    ENTERED = "entered"
    ALREADY_ENTERED = "already_entered"
    COMMENT_NEEDED = "comment_needed"
    NOT_ELIGIBLE = "not_eligible"
    NOT_OPEN = "not_open"
    FULL = "full"


class Entry(Model):
    """An entry, as the receipt of whoever entered."""

    number: Number
    ticket: Ticket
    name: Annotated[Name, Field(description="under which a win would be told")]


class EntryAck(Model):
    """What became of an entry. Only `entered` is kept: any other answer may be another one the next time."""

    outcome: EntryOutcome
    entry: Annotated[Entry | None, Field(description="entered, and already_entered")] = None
    rule: Annotated[Rule | None, Field(description="not_eligible: what does not hold")] = None


@command("lottery.enter", roles=ENTRANTS, rate=Rate(per_s=3, burst=6), ack=EntryAck)
class EnterLottery(OfLottery):
    """Enter, once. Needs a key: a repeat with the same key gets the first answer."""


@event("lottery.changed", delivery=Delivery.SEQUENCED, vital=True)
class LotteryChanged(Model):
    """A lottery is another now. One that is cancelled or hidden leaves the snapshot."""

    lottery: LotteryView


@event("lottery.entered", delivery=Delivery.PRIVATE)
class LotteryEntered(Model):
    """A comment of this viewer has entered them, or could not."""

    lottery: LotteryId
    outcome: EntryOutcome
    entry: Entry | None = None
    rule: Rule | None = None


@event("lottery.won", delivery=Delivery.PRIVATE)
class LotteryWon(Model):
    """This viewer has won."""

    lottery: LotteryId
    title: Title
    prize: Annotated[str, Field(min_length=1, max_length=PRIZE_CHARS, description="its name")]
    number: Number


class EntriesSoFar(Model):
    """How many have entered one lottery; of one that is over only `n`."""

    entries: Annotated[Count | None, Field(description="absent: no longer told")] = None
    n: Annotated[Count, Field(description="grows with every change; the higher one is newer")]


@event("lottery_entries", delivery=Delivery.LATEST)
class LotteryEntries(Model):
    """How many have entered, by lottery."""

    lotteries: Annotated[dict[str, EntriesSoFar], Field(max_length=256, description="by id of the lottery")]
