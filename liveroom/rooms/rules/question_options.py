"""How the queue of questions of a scene works: its section `[questions]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model

Weight = Annotated[int, Field(ge=0, le=1_000)]


class QuestionWeights(Model):
    """What makes a question come sooner."""

    same: Annotated[Weight, Field(description="for each further person who asks it, at most 50 of them")] = 10
    member: Annotated[Weight, Field(description="somebody of a community asks")] = 20
    level: Annotated[Weight, Field(description="for each fan level of the highest asker, at most 100 of them")] = 1
    spent: Annotated[Weight, Field(description="somebody asks who has bought here")] = 30


class QuestionOptions(Model):
    """Limits, times and weights."""

    most: Annotated[int, Field(ge=10, le=500, description="open questions; above, the least urgent expires")] = 200
    open_s: Annotated[int, Field(ge=60, le=86_400, description="an open question expires after this")] = 1_800
    again_s: Annotated[int, Field(ge=0, le=86_400, description="an answer holds this long for who asks again")] = 600
    weights: QuestionWeights = Field(default_factory=QuestionWeights)
