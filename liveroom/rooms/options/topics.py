"""The section `[topics]` of a scene."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from liveroom.realtime.catalogue import Model
from liveroom.rooms.messages.topic import LONGEST_S


class TopicOptions(Model):
    """Topics of a scene."""

    on: Annotated[bool, Field(description="the host may set topics")] = True
    lasts_s: Annotated[int, Field(ge=10, le=LONGEST_S, description="seconds, where the host does not say")] = 600
    longest_s: Annotated[int, Field(ge=10, le=LONGEST_S, description="seconds, at most")] = 14_400
    result_s: Annotated[int, Field(ge=5, le=LONGEST_S, description="seconds for which a summary is shown")] = 120

    @model_validator(mode="after")
    def _check_lengths(self) -> Self:
        if self.lasts_s > self.longest_s:
            raise ValueError("`lasts_s` is longer than `longest_s`")
        return self
