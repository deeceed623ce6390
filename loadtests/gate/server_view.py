"""The server's own delivery latencies beside ours (requirement L33): do they tell the same story?

The server measures from publishing an event to its last write; we measure from the intended send to the receipt,
so ours is the longer one. A difference above a fifth at p99 is a finding, never a verdict: it says where to look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loadtests.gate.figures import Figures
from loadtests.plan.kinds import EACH
from loadtests.target.own_view import DELIVERY, Sample, bounds_around, percentile_s, subtract

TOLERANCE: Final = 0.2
EVENTS: Final = {"comment": "comment.sent", "question": "comment.sent"}
"""Our kind, and the event kind whose delivery the server measures; it does not measure absolute values."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind, both ways, p99 in milliseconds."""

    kind: str
    ours_ms: float
    server_ms: float
    low_ms: float
    high_ms: float
    """The bucket of the server's histogram: its p99 lies between these."""

    @property
    def differs(self) -> bool:
        """Whether ours is more than a fifth away from all that the server's bucket allows."""
        return not self.low_ms * (1 - TOLERANCE) <= self.ours_ms <= self.high_ms * (1 + TOLERANCE)

    @property
    def says(self) -> str:
        """For people."""
        if not self.differs:
            return "agrees"
        where = "outside of the server: network, sockets, queue before publishing, or the generator"
        return f"ours is higher: look {where}" if self.ours_ms > self.high_ms else "ours is lower than the server's own"


def compare_views(figures: Figures, samples: Sequence[Sample]) -> list[Comparison]:
    """Both views of each kind that both have; empty without samples of the server."""
    if len(samples) < 2:
        return []
    compared = []
    for kind, event in EVENTS.items():
        line = figures.find(kind, EACH)
        buckets = subtract(samples[-1], samples[0], DELIVERY, event)
        server_s = percentile_s(buckets, 99)
        if line is None or math.isnan(server_s):
            continue
        low_s, high_s = bounds_around(buckets, server_s)
        compared.append(Comparison(kind, line.p99_ms, round(server_s * 1e3, 1), low_s * 1e3, high_s * 1e3))
    return compared
