"""Numbers of a show for those who run it, live and at its end, with the moments that stand out (L31).

Promise: absolute values; what is worth money is read from what was committed.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, event
from liveroom.realtime.wire import RoomId
from liveroom.rooms.messages.people import Count, EpochMs, ItemId

MOST_HIGHLIGHTS = 64
Permille = Annotated[int, Field(ge=0, le=1_000)]


class RecordStatus(StrEnum):
    """Whether a show still runs."""

    LIVE = "live"
    ENDED = "ended"


class HighlightKind(StrEnum):
    """What stands out: a minute with much of something, or the end of a battle's round."""

    COMMENTS = "comments"
    GIFTS = "gifts"
    SALES = "sales"
    VIEWERS = "viewers"
    BATTLE = "battle"


class Figures(Model):
    """What a show has come to so far. Amounts are in the smallest unit of the currency."""

    viewers: Annotated[Count, Field(description="here now")]
    peak_viewers: Annotated[Count, Field(description="most at the same time")]
    visits: Annotated[Count, Field(description="visits during the show")]
    stay_s: Annotated[Count, Field(description="how long those who are here have been, on average, in seconds")]
    active_permille: Annotated[Permille, Field(description="those of them who have commented, liked or tapped")]
    member_permille: Annotated[Permille, Field(description="those of them who are in a community")]
    comments: Annotated[Count, Field(description="comments that were shown")]
    likes: Annotated[Count, Field(description="taps, added up")]
    gifts: Annotated[Count, Field(description="gifts that were given")]
    gift_amount: Annotated[Count, Field(description="what they cost together")]
    givers: Annotated[Count, Field(description="people who gave gifts")]
    orders: Annotated[Count, Field(description="paid and not refunded")]
    pieces: Annotated[Count, Field(description="pieces in them")]
    sales_amount: Annotated[Count, Field(description="what was paid for them")]
    questions: Annotated[Count, Field(description="different questions asked")]
    questions_open: Annotated[Count, Field(description="of them open")]


NO_FIGURES = Figures(**dict.fromkeys(Figures.model_fields, 0))
"""Of a show that has just begun. The fields have no defaults, so that a zero is told like any other number."""


class Highlight(Model):
    """A moment of a show."""

    kind: HighlightKind
    at: Annotated[EpochMs, Field(description="the minute begins, or the round was over")]
    offset_s: Annotated[Count, Field(description="the same from the beginning of the show, in seconds")]
    value: Annotated[Count, Field(description="in that minute: comments, amount, viewers; of a battle: the round")]
    battle: Annotated[ItemId | None, Field(description="of a battle: its id")] = None
    winners: Annotated[tuple[RoomId, ...], Field(max_length=16, description="of a battle; empty: a draw")] = ()


class ShowNumbers(Model):
    """The numbers of a show."""

    show_id: ItemId
    status: RecordStatus
    started_at: EpochMs
    ended_at: EpochMs | None = None
    at: Annotated[EpochMs, Field(description="when they were counted")]
    comments_per_min: Annotated[Count, Field(description="in the minute before the present one")]
    currency: Annotated[str, Field(max_length=16, description="of orders")]
    gift_currency: Annotated[str, Field(max_length=16, description="of gifts")]
    figures: Figures
    highlights: Annotated[tuple[Highlight, ...], Field(max_length=MOST_HIGHLIGHTS, description="in order of time")]


@event("numbers.changed", delivery=Delivery.PRIVATE)
class NumbersChanged(Model):
    """To the staff, every few seconds while a show is live, and once when it is over."""

    numbers: ShowNumbers
