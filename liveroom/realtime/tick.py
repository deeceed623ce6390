"""The rhythm of a room: idle, it is flushed at once; busy, in proportion to what a flush costs.

Promise: flushing leaves at least a third of a core to everything else, however many listen; within a flush the loop
turns every few milliseconds (some fifteen while it has much else to do), so commands are answered meanwhile. While the
process is short of CPU, large rooms are flushed half as often, which is where most of it goes.
"""

from __future__ import annotations

from dataclasses import dataclass

STRAINED = 0.8
"""Share of a core from which a process is short of it."""


@dataclass(frozen=True, slots=True)
class Tick:
    """How often a busy room is flushed.

    Args:
        factor: the tick is this many times what a flush costs.
        min_s: shortest tick.
        max_s: longest tick, but never less than `ease` times the cost.
        ease: room between one flush and the next in a room so large that a flush costs more than `max_s`.
        strained_s: takes the place of `max_s` while the process is short of CPU.
        latest_s: shortest time between two pushes of absolute values.
        latest_factor: a push of absolute values alone waits this many times what a flush costs; with events
            they travel for nothing.
    """

    factor: float = 9.0
    min_s: float = 0.005
    max_s: float = 0.150
    ease: float = 1.6
    strained_s: float = 0.300
    latest_s: float = 0.200
    latest_factor: float = 20.0

    def after(self, cost_s: float, load: float = 0.0) -> float:
        """The time from the start of a flush to the next.

        Args:
            cost_s: CPU seconds of a flush.
            load: share of a core that the process uses.
        """
        longest_s = self.max_s if load < STRAINED else self.strained_s
        return max(min(self.factor * cost_s, longest_s), self.min_s, self.ease * cost_s)

    def latest_after(self, cost_s: float) -> float:
        """The time from one push of absolute values to the next that carries nothing else."""
        return max(self.latest_s, self.latest_factor * cost_s)
