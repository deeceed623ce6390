"""The sections `[levels]` and `[club]` of a scene: points for what people do, most of them in a day, and the steps.

Promise: options that were accepted always give a level: more points never a lower one, and a day of one action never
more points than its `daily`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.people import MAX_LEVEL

LARGEST_STEP = 1_000_000
LARGEST_DAY = 1_000_000_000
Step = Annotated[int, Field(ge=1, le=LARGEST_STEP, description="level n needs step × n × (n + 1) / 2 points")]
Most = Annotated[int, Field(ge=1, le=MAX_LEVEL, description="highest level")]


class ActionOptions(Model):
    """Points for one kind of action: `points` for every `per` of it, at most `daily` points a day."""

    per: Annotated[int, Field(ge=1, le=LARGEST_DAY)] = 1
    points: Annotated[int, Field(ge=0, le=10_000)] = 1
    daily: Annotated[int, Field(ge=0, le=LARGEST_DAY)]


class LevelOptions(Model):
    """How people rise in a room (L15)."""

    on: bool = True
    step: Step = 20
    most: Most = 100
    announce_every: Annotated[int, Field(ge=0, le=MAX_LEVEL, description="the room hears of these; 0: of none")] = 10
    comment: ActionOptions = ActionOptions(points=2, daily=40)
    like: ActionOptions = ActionOptions(per=10, daily=30)
    minute: ActionOptions = ActionOptions(daily=120)
    gift: ActionOptions = ActionOptions(per=10, daily=LARGEST_DAY)
    share: ActionOptions = ActionOptions(points=10, daily=30)


class ClubOptions(Model):
    """The fan club of a room: whoever joins rises in it as well, by the same points."""

    on: bool = True
    open: Annotated[bool, Field(description="viewers join by themselves; else the app's servers let them in")] = True
    step: Step = 50
    most: Most = 30
