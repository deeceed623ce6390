"""Who is there: counts for all, a few names, and the entries everybody should see (L7).

Promise: ordinary entries are counted and sampled, never sent one by one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Delivery, Model, event
from liveroom.rooms.messages.people import Count, Level, Name, Visitor

SAMPLE_NAMES = 5


class Joiner(Model):
    """Somebody who came in just now."""

    name: Name
    level: Level = 0
    demo: Annotated[bool, Field(description="part of the demo audience; show it as such")] = False


@event("audience", delivery=Delivery.LATEST)
class AudienceCounted(Model):
    """How many people watch. A person with several devices counts once."""

    viewers: Annotated[Count, Field(description="people here now")]
    joined: Annotated[Count, Field(description="visits so far")]
    peak: Annotated[Count, Field(description="most viewers at the same time")]
    sample: Annotated[
        tuple[Joiner, ...], Field(max_length=SAMPLE_NAMES, description="some who came in the last second")
    ] = ()


class EntryEffect(StrEnum):
    """How an entry is shown; from modest to grand."""

    GLOW = "glow"
    COMET = "comet"
    CROWN = "crown"


class EntryLine(Model):
    """What is said with an entry, in each language of the scene."""

    zh: Annotated[str, Field(min_length=1, max_length=200, description="in Chinese")]
    en: Annotated[str, Field(min_length=1, max_length=200, description="in English")]


@event("viewer.entered", delivery=Delivery.SEQUENCED)
class ViewerEntered(Model):
    """Somebody who matters came in: a high level, or as the scene says (`[[entry]]`)."""

    user: Visitor
    effect: EntryEffect
    rule: Annotated[
        str | None, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="of the scene; absent: the level alone")
    ] = None
    text: Annotated[EntryLine | None, Field(description="what to show with it; absent: only the effect")] = None
