"""A profile with something changed: a shorter window for a calibration, a larger load for the next step of a climb."""

from __future__ import annotations

import math
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from loadtests.plan.profiles import Profile

MOST_OF_ONE_PER_S: Final = 0.5
"""Acts a second of one user: well below what a server takes from a viewer."""


class Changes(BaseModel):
    """What differs from the profile; travels as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: Annotated[float, Field(gt=0)] | None = None
    lurkers: Annotated[float, Field(gt=0, description="factor")] = 1.0
    rates: Annotated[float, Field(gt=0, description="factor")] = 1.0

    def apply(self, profile: Profile) -> Profile:
        """The profile as changed; floors shrink with the window and grow with nothing."""
        seconds = self.seconds or profile.seconds
        share = min(1.0, seconds / profile.seconds)
        acts = {}
        for name, act in profile.acts.items():
            per_s = act.per_s * self.rates
            users = act.users if self.rates <= 1 else max(act.users, math.ceil(per_s / MOST_OF_ONE_PER_S))
            floor = max(1, int(act.floor * share * min(1.0, self.rates)))
            acts[name] = act.model_copy(update={"per_s": per_s, "users": users, "floor": floor})
        warmup_s = min(profile.warmup_s, seconds / 2)
        changed = {"acts": acts, "seconds": seconds, "warmup_s": warmup_s}
        return profile.model_copy(update=changed | {"lurkers": round(profile.lurkers * self.lurkers)})

    def as_json(self) -> str:
        """For a command line."""
        return self.model_dump_json(exclude_defaults=True)
