"""Whether the generator itself kept up: its CPU, and how late it runs what is due.

Only the window counts: opening a thousand sockets may well take a whole core.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from loadtests.record.latency import Latency

SPAN_S: Final = 5.0
"""CPU is judged over so many seconds: longer hides a choked moment, shorter judges a single flush."""


@dataclass(slots=True)
class Health:
    """One worker in the window."""

    worker: str = ""
    cpu_share: float = 0.0
    """Highest share of a core over any `SPAN_S` seconds."""
    clock_error_ms: float = 0.0
    lag: Latency = field(default_factory=Latency)
    _marks: deque[tuple[float, float]] = field(default_factory=deque)

    def note_cpu(self, now_s: float, used_s: float) -> None:
        """CPU seconds used so far, at this time."""
        self._marks.append((now_s, used_s))
        while now_s - self._marks[0][0] > SPAN_S + 1:
            self._marks.popleft()
        then_s, then_used_s = self._marks[0]
        if now_s - then_s >= SPAN_S:
            self.cpu_share = max(self.cpu_share, (used_s - then_used_s) / (now_s - then_s))

    def pack(self) -> dict[str, Any]:
        """Everything, in a form that can travel."""
        return {
            "worker": self.worker,
            "cpu_share": self.cpu_share,
            "clock_error_ms": self.clock_error_ms,
            "lag": self.lag.pairs(),
        }


def unpack_health(packed: dict[str, Any]) -> Health:
    """What another worker packed."""
    lag = Latency((bucket, count) for bucket, count in packed["lag"])
    return Health(packed["worker"], packed["cpu_share"], packed["clock_error_ms"], lag)
