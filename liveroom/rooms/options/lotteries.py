"""The section `[lotteries]` of a scene."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.lottery import LONGEST_S


class LotteryOptions(Model):
    """Lotteries of a scene."""

    on: Annotated[bool, Field(description="the host may draw among viewers")] = True
    most_open: Annotated[int, Field(ge=1, le=10, description="open in a room at the same time")] = 3
    lasts_s: Annotated[int, Field(ge=5, le=LONGEST_S, description="seconds, where the host does not say")] = 180
    longest_s: Annotated[int, Field(ge=5, le=LONGEST_S, description="seconds, at most")] = 86_400
    suspense_s: Annotated[int, Field(ge=0, le=60, description="seconds from the last entry to the winners")] = 3
    result_s: Annotated[int, Field(ge=5, le=LONGEST_S, description="seconds for which the winners are shown")] = 600

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        if self.lasts_s > self.longest_s:
            raise ValueError("`lasts_s` is longer than `longest_s`")
        return self
