"""Whether the server's memory grew while the load stayed the same: what a soak is for.

Two looks are compared, after a tenth of the window and at its end. More is a finding, never a verdict: rings of events
and caches fill up at first, and a short run sees nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from loadtests.target.own_view import Sample

MEMORY: Final = "process_resident_memory_bytes"
SHARE: Final = 0.2
LEAST_BYTES: Final = 20_000_000
"""Growth below this says nothing."""
LEAST_SAMPLES: Final = 20
"""A minute, at one look every three seconds."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory early and late, in bytes."""

    early_bytes: float
    late_bytes: float

    @property
    def says(self) -> str:
        """For people."""
        early, late = self.early_bytes / 1e6, self.late_bytes / 1e6
        return f"the server's memory grew from {early:.0f} to {late:.0f} MB; run longer to see whether it goes on"


def find_growth(samples: Sequence[Sample]) -> Growth | None:
    """The growth of a run, if it is one; None also when there is too little to tell."""
    values = [value for sample in samples if (value := sample.value(MEMORY)) is not None]
    if len(values) < LEAST_SAMPLES:
        return None
    tenth = len(values) // 10
    early, late = median(values[tenth : 2 * tenth]), median(values[-tenth:])
    grown = late - early
    return Growth(early, late) if grown > max(LEAST_BYTES, early * SHARE) else None
