"""The first seconds of a visit: the personal welcome (L6), the value card (L8) and the host's cue (L7).

Promise: all of these are private; what a viewer has bought or where somebody came from is told to the
host's staff alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, Rate, command, event
from liveroom.rooms.messages.people import Count, ItemId, Visitor

WELCOME_CHARS = 200
STEPS = 8

Reason = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="condition of the scene that held")]
Step = Annotated[int, Field(ge=1, le=STEPS, description="counted from 1")]


@event("welcome.shown", delivery=Delivery.PRIVATE)
class WelcomeShown(Model):
    """The room greets this viewer by name, once per visit."""

    text: Annotated[str, Field(min_length=1, max_length=WELCOME_CHARS, description="the greeting")]
    returning: Annotated[bool, Field(description="was here before")]
    first_visit: Annotated[bool, Field(description="is here for the first time")]
    days_away: Annotated[Count | None, Field(description="whole days since the last visit")] = None
    reasons: Annotated[tuple[Reason, ...], Field(description="what was known; the first one chose the words")] = ()


class CardKind(StrEnum):
    """What a value card offers (R18)."""

    BENEFIT = "benefit"
    PREVIEW = "preview"
    GAME = "game"


class CardAction(Model):
    """The one thing to tap."""

    label: Annotated[str, Field(min_length=1, max_length=20, description="words on the button")]


@event("value_card.shown", delivery=Delivery.PRIVATE)
class ValueCardShown(Model):
    """What this room has for the viewer; replaces the step shown before."""

    card_id: ItemId
    step: Step
    kind: CardKind
    title: Annotated[str, Field(min_length=1, max_length=40, description="in a few words")]
    body: Annotated[str, Field(min_length=1, max_length=160, description="in one or two sentences")]
    action: Annotated[CardAction | None, Field(description="absent: nothing to tap, the card only tells")] = None


@command("value_card.act", rate=Rate(per_s=2, burst=10))
class ActOnCard(Model):
    """Tap the card. A repeat has no further effect."""

    card_id: ItemId
    step: Step


@event("cue.shown", delivery=Delivery.PRIVATE)
class CueShown(Model):
    """Tells the host who came in and why that matters."""

    user: Visitor
    line: Annotated[str, Field(min_length=1, max_length=WELCOME_CHARS, description="what to know, in one line")]
    reasons: Annotated[tuple[Reason, ...], Field(description="what is known, the weightiest first")]
    weight: Annotated[int, Field(ge=1, le=100, description="how much it matters")]
