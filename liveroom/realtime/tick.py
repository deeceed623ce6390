"""The rhythm of a room: idle, it is flushed at once; busy, in proportion to what a flush costs.

Promise: flushing leaves at least a third of a core to everything else, however many listen; within a flush the loop
turns every few milliseconds (some fifteen while it has much else to do), so commands are answered meanwhile. While the
process is short of CPU, large rooms are flushed half as often, which is where most of it goes.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveroom.realtime.clock import Clock

STRAINED = 0.8
"""Share of a core from which a process is short of it."""
LEAP = 2.0
"""A flush that costs so many times more or less than those before is believed at once."""
FOLLOWED = 0.25
"""Share of a smaller difference that is taken over with each flush."""


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

    def steady(self, known_s: float, cost_s: float) -> float:
        """What a flush is taken to cost: a crowd that comes or goes is followed at once, smaller changes gradually.

        So ticks are even, and nobody waits for a long one because the machine was busy during a single flush.

        Args:
            known_s: what it was taken to cost before the last flush; 0 before the first.
            cost_s: CPU seconds of the last flush.
        """
        if not known_s / LEAP <= cost_s <= known_s * LEAP:
            return cost_s
        return known_s + (cost_s - known_s) * FOLLOWED

    def latest_after(self, cost_s: float) -> float:
        """The time from one push of absolute values to the next that carries nothing else."""
        return max(self.latest_s, self.latest_factor * cost_s)


class LoadMeter:
    """How much of a core this thread has used since somebody last looked."""

    __slots__ = ("_at_s", "_clock", "_cpu_s")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at_s = clock.monotonic_s()
        self._cpu_s = clock.cpu_s()

    def read(self) -> float:
        """The share since the last call."""
        at_s, cpu_s = self._clock.monotonic_s(), self._clock.cpu_s()
        passed_s, used_s = at_s - self._at_s, cpu_s - self._cpu_s
        self._at_s, self._cpu_s = at_s, cpu_s
        return used_s / passed_s if passed_s > 0 else 0.0
