"""Whether the generator itself kept up: its CPU, and how late it runs what is due.

Only the window counts: opening a thousand sockets may well take a whole core.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from loadtests.record.latency import Latency

SPAN_S: Final = 5
"""CPU is judged over so many seconds: longer hides a choked moment, shorter judges a single flush."""
STEP_NS: Final = 10_000_000
"""From one look at the own timers to the next."""

Shares = Mapping[int, float]
"""Share of a core by second of the window."""


@dataclass(slots=True)
class Health:
    """One process of the generator in the window."""

    worker: str = ""
    machine: str = ""
    cores: frozenset[int] = frozenset()
    """Those it may run on."""
    cpu: dict[int, float] = field(default_factory=dict)
    """Share of a core by second of the window."""
    clock_error_ms: float = 0.0
    lag: Latency = field(default_factory=Latency)
    _mark: tuple[float, float] | None = None

    def note_cpu(self, since_begin_s: float, used_s: float) -> None:
        """CPU seconds used so far, at this time of the window."""
        if self._mark is not None and since_begin_s > self._mark[0]:
            then_s, then_used_s = self._mark
            self.cpu[int(since_begin_s)] = (used_s - then_used_s) / (since_begin_s - then_s)
        self._mark = since_begin_s, used_s

    def note_lag(self, late_ns: int) -> None:
        """A timer came so late. Those it swallowed, which were due meanwhile, count too: each by its own lateness."""
        self.lag.add_ns(late_ns)
        for swallowed_ns in range(late_ns - STEP_NS, 0, -STEP_NS):
            self.lag.add_ns(swallowed_ns)

    def pack(self) -> dict[str, Any]:
        """Everything, in a form that can travel."""
        return {
            "worker": self.worker,
            "machine": self.machine,
            "cores": sorted(self.cores),
            "cpu": list(self.cpu.items()),
            "clock_error_ms": self.clock_error_ms,
            "lag": self.lag.pairs(),
        }


def unpack_health(packed: dict[str, Any]) -> Health:
    """What another worker packed."""
    return Health(
        packed["worker"],
        packed["machine"],
        frozenset(packed["cores"]),
        dict(packed["cpu"]),
        packed["clock_error_ms"],
        Latency((bucket, count) for bucket, count in packed["lag"]),
    )


def find_busiest(processes: Collection[Shares]) -> float:
    """Cores that these processes together used in their busiest `SPAN_S` seconds; NaN when nothing was measured."""
    seconds = [second for shares in processes for second in shares]
    if not seconds:
        return float("nan")
    first, last = min(seconds), max(seconds)
    starts = range(first, max(first, last - SPAN_S + 1) + 1)
    return max(sum(_average(shares, start) for shares in processes) for start in starts)


def _average(shares: Shares, start: int) -> float:
    found = [shares[second] for second in range(start, start + SPAN_S) if second in shares]
    return sum(found) / len(found) if found else 0.0
