"""By which rules a battle goes (L16-L19): how long its parts last and what counts how much, as a scene says it.

Promise: a battle keeps the terms it began with, and they are part of its view, so anybody can reckon its score again.
Points are whole; a share is rounded down.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from liveroom.realtime.catalogue import Model

SHORTEST_S, LONGEST_S = 30, 3_600
LONGEST_INVITATION_S = 600
MOST_POINTS = 10**9

Points = Annotated[int, Field(ge=0, le=MOST_POINTS)]
Boost = Annotated[int, Field(ge=100, le=1_000, description="percent of what it would be; 100: no boost")]
Duration = Annotated[int, Field(ge=SHORTEST_S, le=LONGEST_S, description="seconds from start to end")]
InviteS = Annotated[int, Field(ge=1, le=LONGEST_INVITATION_S, description="seconds in which to answer")]


class TaskTerms(Model):
    """A task: whoever reaches `target` within `lasts_s` has what they are given boosted for `reward_s` afterwards."""

    after_s: Annotated[int, Field(ge=0, le=LONGEST_S, description="begins so long after the battle")] = 60
    lasts_s: Annotated[int, Field(ge=5, le=LONGEST_S, description="time for the task")] = 60
    target: Annotated[int, Field(ge=1, le=MOST_POINTS, description="points a room has to make in that time")] = 100
    reward_s: Annotated[int, Field(ge=5, le=LONGEST_S, description="time of the boost, after the task")] = 30
    reward: Boost = 200


class ScoreTerms(Model):
    """What counts how much. Of several boosts that apply to a gift the largest counts; they are never multiplied."""

    gift: Annotated[int, Field(ge=0, le=10_000, description="points for gifts worth 100 minor units")] = 100
    like: Annotated[Points, Field(description="points for a like; 0: likes do not count")] = 1
    likes_each: Annotated[int, Field(ge=1, le=10_000, description="likes of one viewer that count in a round")] = 100
    likes_cap: Annotated[Points, Field(description="most points from likes for a room and round")] = 5_000
    vote: Annotated[Points, Field(description="points for a vote, one for each viewer and round; 0: no votes")] = 10
    votes_cap: Annotated[Points, Field(description="most points from votes for a room and round")] = 5_000
    first_gift: Annotated[Boost, Field(description="of the first gift of a viewer to a room in a round")] = 200
    first_gift_cap: Annotated[Points, Field(description="most points that this adds to one gift")] = 1_000
    last_s: Annotated[int, Field(ge=0, le=SHORTEST_S, description="the last seconds, overtime excepted; 0: none")] = 30
    last: Annotated[Boost, Field(description="of gifts in the last seconds")] = 150
    task: TaskTerms | None = None


class BattleTerms(Model):
    """The section `battle` of a scene."""

    on: Annotated[bool, Field(description="battles are possible in rooms of this scene")] = False
    invite_s: InviteS = 10
    ready_s: Annotated[int, Field(ge=0, le=30, description="countdown before the start")] = 3
    duration_s: Duration = 300
    overtime_s: Annotated[int, Field(ge=0, le=600, description="added once to a draw; 0: none")] = 60
    result_s: Annotated[int, Field(ge=1, le=30, description="in which the result is shown")] = 5
    punishment_s: Annotated[int, Field(ge=0, le=600, description="for those who lost; 0: none")] = 120
    rematch_s: Annotated[int, Field(ge=0, le=120, description="in which another round can be agreed on; 0: none")] = 30
    seek_s: Annotated[int, Field(ge=5, le=600, description="longest search for an opponent")] = 60
    score: ScoreTerms = ScoreTerms()
