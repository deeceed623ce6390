"""The rhythm of a room: idle, it is flushed at once; busy, in proportion to what a flush costs (design §4.2).

Promise: flushing leaves at least a fifth of a core to everything else, however many listen; within a flush the loop
turns every few milliseconds, so commands are answered meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tick:
    """How often a busy room is flushed (design §4.2).

    Args:
        factor: the tick is this many times what the last flush cost.
        min_s: shortest tick.
        max_s: longest tick, but never less than `ease` times the cost.
        ease: room between one flush and the next in a room so large that a flush costs more than `max_s`.
        latest_s: shortest time between two pushes of absolute values.
        latest_factor: a push of absolute values alone waits this many times what the last flush cost; with events
            they travel for nothing.
    """

    factor: float = 8.0
    min_s: float = 0.005
    max_s: float = 0.150
    ease: float = 1.25
    latest_s: float = 0.200
    latest_factor: float = 20.0

    def after(self, cost_s: float) -> float:
        """The time from the start of a flush to the next."""
        return max(min(self.factor * cost_s, self.max_s), self.min_s, self.ease * cost_s)

    def latest_after(self, cost_s: float) -> float:
        """The time from one push of absolute values to the next that carries nothing else."""
        return max(self.latest_s, self.latest_factor * cost_s)
