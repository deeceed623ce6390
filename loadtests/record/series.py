"""Latencies by kind, series and time: one histogram for each slot of the window.

Every figure of the report is a sum of these: the whole window, ten seconds of it, one point of a plot.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from loadtests.record.latency import Latency

SLOTS: Final = (1, 2, 5, 10)
MOST_SLOTS: Final = 180
TEN_S: Final = 10

Name = tuple[str, str]
"""Kind and series."""


def choose_slot_s(seconds: float) -> int:
    """The shortest slot that cuts a window of this length into at most `MOST_SLOTS`; it divides ten seconds."""
    return next((slot for slot in SLOTS if seconds / slot <= MOST_SLOTS), TEN_S)


class Series:
    """All latencies of one worker, or of a run."""

    def __init__(self, slot_s: int = 1) -> None:
        """Start without any, in slots of so many seconds."""
        self.slot_s = slot_s
        self._slots: dict[Name, dict[int, Latency]] = {}

    def at(self, kind: str, series: str, since_begin_s: float) -> Latency:
        """The histogram for something that was due at this time, counted from the begin of the window."""
        slots = self._slots.setdefault((kind, series), {})
        return slots.setdefault(int(since_begin_s // self.slot_s), Latency())

    def names(self) -> list[Name]:
        """What was measured."""
        return sorted(self._slots)

    def slots(self, kind: str, series: str) -> dict[int, Latency]:
        """The histograms of one series by their slot."""
        return self._slots.get((kind, series), {})

    def total(self, kind: str, series: str) -> Latency:
        """The whole window."""
        return _add_up(self.slots(kind, series).values())

    def worst_ten_s_ms(self, kind: str, series: str, percent: float) -> float:
        """The highest percentile of any ten seconds; 0 without values."""
        tens: dict[int, Latency] = {}
        for slot, latency in self.slots(kind, series).items():
            tens.setdefault(slot * self.slot_s // TEN_S, Latency()).merge(latency)
        return max((ten.percentile_ms(percent) for ten in tens.values()), default=0.0)

    def merge(self, rows: Iterable[list[object]]) -> None:
        """Add what another one gave out as `rows`."""
        for row in rows:
            kind, series, slot, pairs = row
            target = self._slots.setdefault((str(kind), str(series)), {}).setdefault(int(str(slot)), Latency())
            assert isinstance(pairs, list)  # noqa: S101 - the form `rows` gives
            target.merge(Latency((bucket, count) for bucket, count in pairs))

    def rows(self) -> Iterator[list[object]]:
        """Everything, in a form that can travel."""
        for (kind, series), slots in sorted(self._slots.items()):
            for slot, latency in sorted(slots.items()):
                yield [kind, series, slot, latency.pairs()]


def _add_up(parts: Iterable[Latency]) -> Latency:
    total = Latency()
    for part in parts:
        total.merge(part)
    return total
