"""How the stage of a scene works: its section `[stage]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.stage_view import LARGEST_STAGE, StageKind

QUEUE_MOST = 500
HOUR_S = 3_600


class StageOptions(Model):
    """Seats, limits and times; a room keeps those with which its stage was opened until the show is over."""

    seats: Annotated[int, Field(ge=1, le=LARGEST_STAGE, description="guests at the same time")] = 6
    kinds: Annotated[tuple[StageKind, ...], Field(min_length=1, max_length=2, description="what they take part with")]
    auto: Annotated[bool, Field(description="a free seat goes to whoever has waited longest")] = False
    waiting: Annotated[int, Field(ge=1, le=QUEUE_MOST, description="longest queue")] = 100
    apply_s: Annotated[int, Field(ge=10, le=4 * HOUR_S, description="an application expires after this")] = 600
    invite_s: Annotated[int, Field(ge=5, le=600, description="an invitation expires after this")] = 60
    keep_s: Annotated[int, Field(ge=15, le=30, description="the seat of a guest who dropped is kept this long")] = 20
    turn_s: Annotated[int, Field(ge=0, le=24 * HOUR_S, description="length of a turn on a seat; 0: no limit")] = 0
    rest_s: Annotated[int, Field(ge=0, le=HOUR_S, description="who was removed cannot apply for this long")] = 60
