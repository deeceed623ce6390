"""What the server says about itself: samples of `/metrics` in the Prometheus text format.

A black box: only names and numbers are read, and a server that says nothing is a gap in the report, no fault.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_LINE: Final = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
_LABEL: Final = re.compile(r'(\w+)="([^"]*)"')
DELIVERY: Final = "liveroom_delivery_seconds"

Buckets = list[tuple[float, float]]
"""Upper bounds in seconds and cumulative counts."""


@dataclass(frozen=True, slots=True)
class Sample:
    """All numbers of one look."""

    at_s: float
    values: dict[tuple[str, str], float]
    """By metric name and the label that is not `le`."""
    buckets: dict[tuple[str, str], dict[float, float]]

    def value(self, name: str) -> float | None:
        """A number without labels."""
        return self.values.get((name, ""))


def read_sample(text: str, at_s: float) -> Sample:
    """Understand what `/metrics` said at this time of the run."""
    values: dict[tuple[str, str], float] = {}
    buckets: dict[tuple[str, str], dict[float, float]] = {}
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        labels = dict(_LABEL.findall(found[2] or ""))
        bound = labels.pop("le", None)
        label = next(iter(labels.values()), "") if len(labels) <= 1 else "/".join(labels.values())
        if bound is None:
            values[found[1], label] = float(found[3])
        else:
            buckets.setdefault((found[1].removesuffix("_bucket"), label), {})[float(bound)] = float(found[3])
    return Sample(at_s, values, buckets)


def subtract(later: Sample, earlier: Sample, name: str, label: str = "") -> Buckets:
    """The histogram of what was observed between two samples; empty when there is none."""
    before = earlier.buckets.get((name, label), {})
    after = later.buckets.get((name, label), {})
    return [(bound, count - before.get(bound, 0.0)) for bound, count in sorted(after.items())]


def percentile_s(buckets: Buckets, percent: float) -> float:
    """The percentile, interpolated inside its bucket as Prometheus does; NaN without observations."""
    total = buckets[-1][1] if buckets else 0.0
    if total <= 0:
        return math.nan
    rank = total * percent / 100
    below, floor = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if math.isinf(bound):
                return floor
            return floor + (bound - floor) * (rank - below) / (count - below)
        below, floor = count, bound
    return floor


def bounds_around(buckets: Buckets, value_s: float) -> tuple[float, float]:
    """The bucket that holds this value: what the server's histogram can tell at all."""
    edges = [0.0, *(bound for bound, _ in buckets)]
    return next(((low, high) for low, high in pairwise(edges) if low <= value_s <= high), (edges[-1], math.inf))


def list_kinds(samples: Iterable[Sample]) -> list[str]:
    """The event kinds whose delivery the server measures."""
    return sorted({label for sample in samples for name, label in sample.buckets if name == DELIVERY})
