"""One clock for a run: the monotonic clock of the master's machine.

Processes of one machine share it. A worker on another machine asks for it and takes the answer with the shortest
round trip; the time of an answer is then known to half of that, and the gate refuses a run that knows it too badly.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ASKINGS: Final = 20
_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


def read_machine() -> str:
    """What tells this machine from others, as long as it is up; empty where that is not known."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: when it was asked and when the answer came (here), and the master's time between."""

    asked_ns: int
    told_ns: int
    master_ns: int
    same_machine: bool

    @property
    def round_trip_ns(self) -> int:
        """How long the answer took."""
        return self.told_ns - self.asked_ns


@dataclass(frozen=True, slots=True)
class Offset:
    """From this process's monotonic clock to the run's."""

    offset_ns: int = 0
    error_ms: float = 0.0

    def now_ns(self) -> int:
        """The time of the run."""
        return time.monotonic_ns() + self.offset_ns


def choose_offset(answers: list[Told]) -> Offset:
    """The best offset that these answers allow."""
    if all(answer.same_machine for answer in answers):
        return Offset()
    best = min(answers, key=lambda answer: answer.round_trip_ns)
    middle_ns = (best.asked_ns + best.told_ns) // 2
    return Offset(best.master_ns - middle_ns, best.round_trip_ns / 2e6)
