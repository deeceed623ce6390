"""When each user acts: an open plan that no slow server can hold back.

Poisson arrivals follow an intensity; rounds come once in every slot, for acts that must not overlap; turns come once
while something is open for all. Times are seconds since the beginning of the plan.
"""

from __future__ import annotations

import random
from typing import Final

from loadtests.plan.intensity import Intensity

_REACH: Final = 0.5
"""A round lies in the first half of its slot, so two of them are at least half a slot apart."""


_OPEN_FROM: Final = 0.15
_OPEN_SHARE: Final = 0.6
"""A turn is used from this share of it on, for so long."""


def plan_poisson(rate_per_s: float, intensity: Intensity, seed: str) -> list[float]:
    """Independent acts of one user, `rate_per_s` on average where the intensity is 1."""
    source = random.Random(seed)
    due: list[float] = []
    area = source.expovariate(rate_per_s) if rate_per_s > 0 else intensity.area
    while area < intensity.area:
        due.append(intensity.time_of(area))
        area += source.expovariate(rate_per_s)
    return due


def plan_rounds(rate_per_s: float, end_s: float, seed: str) -> list[float]:
    """Acts of one user at least half a slot of 1/rate seconds apart."""
    source = random.Random(seed)
    if rate_per_s <= 0:
        return []
    slot_s = 1 / rate_per_s
    due = [(slot + source.random() * _REACH) * slot_s for slot in range(int(end_s / slot_s) + 1)]
    return [at for at in due if at < end_s]


def plan_turns(turn_s: float, end_s: float, seed: str) -> list[float]:
    """One act in every turn of so many seconds, inside the part in which what it answers to is surely open."""
    source = random.Random(seed)
    due = [(turn + _OPEN_FROM + source.random() * _OPEN_SHARE) * turn_s for turn in range(int(end_s / turn_s) + 1)]
    return [at for at in due if at < end_s]


def count_between(due: list[float], begin_s: float, end_s: float) -> int:
    """How many acts are planned in `[begin_s, end_s)`."""
    return sum(begin_s <= at < end_s for at in due)
