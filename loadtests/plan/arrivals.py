"""When each user acts: an open plan that no slow server can hold back.

Poisson arrivals follow an intensity; rounds come once in every slot, for acts that must not overlap. Times are
seconds since the beginning of the plan.
"""

from __future__ import annotations

import random
from typing import Final

from loadtests.plan.intensity import Intensity

_REACH: Final = 0.5
"""A round lies in the first half of its slot, so two of them are at least half a slot apart."""


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


def count_between(due: list[float], begin_s: float, end_s: float) -> int:
    """How many acts are planned in `[begin_s, end_s)`."""
    return sum(begin_s <= at < end_s for at in due)
