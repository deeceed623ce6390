"""The server's own delivery latencies beside ours (requirement L33): do they tell the same story?

The server measures from reading a command to its answer, and from publishing an event to its last write; we measure
from the intended send to the receipt, which is the second and at most both. A difference above a fifth at p99 is a
finding, never a verdict: it says where to look.
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
COMMANDS: Final = "liveroom_command_duration_seconds"
EVENTS: Final = {
    "comment": ("comment.sent", "comment.send"),
    "question": ("comment.sent", "comment.send"),
    "gift": ("gift.sent", "gift.send"),
}
"""Our kind, the event whose delivery the server measures, and the command that made it; it does not measure the
delivery of absolute values, and a seat takes the time of a host."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One kind, both ways, p99 in milliseconds."""

    kind: str
    ours_ms: float
    server_ms: float
    low_ms: float
    high_ms: float
    """What the buckets of the server's histograms allow: delivery alone, and with the command before it."""

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
    for kind, (event, command) in EVENTS.items():
        line = figures.find(kind, EACH)
        buckets = subtract(samples[-1], samples[0], DELIVERY, event)
        server_s = percentile_s(buckets, 99)
        if line is None or math.isnan(server_s):
            continue
        low_s, high_s = bounds_around(buckets, server_s)
        high_s += _command_p99_s(samples, command)
        compared.append(Comparison(kind, line.p99_ms, round(server_s * 1e3, 1), low_s * 1e3, high_s * 1e3))
    return compared


def _command_p99_s(samples: Sequence[Sample], command: str) -> float:
    """Upper bound of the time from reading such a command to its answer; 0 where the server does not tell it."""
    buckets = subtract(samples[-1], samples[0], COMMANDS, command)
    own_s = percentile_s(buckets, 99)
    return 0.0 if math.isnan(own_s) else bounds_around(buckets, own_s)[1]
