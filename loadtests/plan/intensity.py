"""How strongly a run sends over time: level, with bursts, or with a spike on top.

A factor for every moment, piecewise constant; the planned rate is multiplied by it. Bursts are seeded and leave
the mean rate as it is; a spike is on top of it.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple


class Swell(NamedTuple):
    """A time with another factor."""

    from_s: float
    for_s: float
    factor: float


class Intensity:
    """Factors over `[0, end_s)`, and the area below them, by which arrivals are placed."""

    def __init__(self, end_s: float, swells: Sequence[Swell] = (), base: float = 1.0) -> None:
        """Level at `base`; swells, which do not overlap, multiply it.

        Args:
            end_s: end of the plan in seconds.
            swells: in the order of time.
            base: factor outside of the swells.
        """
        edges: list[tuple[float, float]] = [(0.0, base)]
        for swell in swells:
            edges += [(swell.from_s, base * swell.factor), (swell.from_s + swell.for_s, base)]
        edges.append((end_s, 0.0))
        self.end_s = end_s
        self._times = [min(at, end_s) for at, _ in edges]
        self._factors = [factor for _, factor in edges]
        self._areas = [0.0]
        for (start, end), factor in zip(pairwise(self._times), self._factors, strict=False):
            self._areas.append(self._areas[-1] + max(0.0, end - start) * factor)

    @property
    def area(self) -> float:
        """The whole area: seconds at factor 1 that carry as much."""
        return self._areas[-1]

    def time_of(self, area: float) -> float:
        """When so much area has passed; `end_s` when there is not so much."""
        if area >= self.area:
            return self.end_s
        piece = bisect_right(self._areas, area) - 1
        return self._times[piece] + (area - self._areas[piece]) / self._factors[piece]


def make_bursts(end_s: float, per_min: float, for_s: float, factor: float, seed: int) -> Intensity:
    """A level with seeded bursts, one in every slot, that leaves the mean at 1.

    Args:
        end_s: end of the plan in seconds.
        per_min: bursts in a minute.
        for_s: how long each is, in seconds.
        factor: how many times stronger than between bursts.
        seed: places them inside their slots.
    """
    slot_s = 60 / per_min
    source = random.Random(f"bursts/{seed}")
    starts = (slot * slot_s + source.random() * (slot_s - for_s) for slot in range(int(end_s / slot_s)))
    share = for_s / slot_s
    base = 1 / (1 - share + share * factor)
    return Intensity(end_s, [Swell(start, for_s, factor) for start in starts], base)
