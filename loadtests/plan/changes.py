"""A profile with something changed: a shorter window for a calibration, a larger load for the next step of a climb."""

from __future__ import annotations

import math
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from loadtests.plan.kinds import ACTS
from loadtests.plan.profiles import Profile, Spike, Storm

MOST_OF_ONE_PER_S: Final = 0.3
"""Acts a second of one user. A server takes 1 comment/s with a burst of 5: of Poisson arrivals at 0.3/s it refuses some
3 in 100,000, at 0.5/s already 2 in 1,000, and a step would end by that."""


TIMED_BY_USERS: Final = ("vote", "seat")
"""Acts whose rounds have a length of their own: polls and turns on a seat are not made shorter."""


class Changes(BaseModel):
    """What differs from the profile; travels as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seconds: Annotated[float, Field(gt=0)] | None = None
    viewers: Annotated[int, Field(ge=0, description="lurkers, before the factor")] | None = None
    without: tuple[str, ...] = ()
    """Acts that are left out: what the deployment does not offer."""
    lurkers: Annotated[float, Field(gt=0, description="factor")] = 1.0
    rates: Annotated[float, Field(gt=0, description="factor")] = 1.0

    @field_validator("without")
    @classmethod
    def _check_without(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in ACTS]
        if unknown:
            raise ValueError(f"there is no act {unknown[0]!r}; known: {', '.join(ACTS)}")
        return names

    def apply(self, profile: Profile) -> Profile:
        """The profile as changed; floors shrink with the window and grow with nothing."""
        seconds = self.seconds or profile.seconds
        lurkers = round((profile.lurkers if self.viewers is None else self.viewers) * self.lurkers)
        share = min(1.0, seconds / profile.seconds)
        acts = {}
        for name, act in profile.acts.items():
            if name in self.without:
                continue
            if name in TIMED_BY_USERS:
                acts[name] = act.model_copy(update={"floor": max(1, int(act.floor * share))})
                continue
            per_s = act.per_s * self.rates
            users = act.users if self.rates <= 1 else max(act.users, math.ceil(per_s / MOST_OF_ONE_PER_S))
            floor = max(1, int(act.floor * share * min(1.0, self.rates)))
            acts[name] = act.model_copy(update={"per_s": per_s, "users": users, "floor": floor})
        changed = {
            "acts": acts,
            "seconds": seconds,
            "battle": profile.battle and "gift" in acts,
            # A battle has to run before its window begins.
            "warmup_s": profile.warmup_s if share == 1 or profile.battle else min(profile.warmup_s, seconds / 2),
            "lurkers": lurkers,
            "stock": max(1, int(profile.stock * share)),
            "spike": _shorten_spike(profile.spike, share),
            "storm": _shrink_storm(profile.storm, share, seconds, lurkers / max(1, profile.lurkers)),
        }
        return profile.model_copy(update=changed)

    def as_json(self) -> str:
        """For a command line."""
        return self.model_dump_json(exclude_defaults=True)


def _shorten_spike(spike: Spike | None, share: float) -> Spike | None:
    if spike is None:
        return None
    return spike.model_copy(update={"after_s": spike.after_s * share, "for_s": spike.for_s * share})


def _shrink_storm(storm: Storm | None, share: float, seconds: float, crowd: float) -> Storm | None:
    """Earlier, of a smaller crowd; people come back in a shorter time only if it would not end inside the window."""
    if storm is None:
        return None
    after_s = storm.after_s * share
    changed = {
        "after_s": after_s,
        "spread_s": min(storm.spread_s, (seconds - after_s) * 0.8),
        "floor": max(1, int(storm.floor * min(1.0, crowd))),
    }
    return storm.model_copy(update=changed)
