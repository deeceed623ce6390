"""What the flushes of a room cost, how busy the process is, and the tick that follows from both."""

from __future__ import annotations

from collections import deque

from liveroom.realtime.clock import Clock
from liveroom.realtime.tick import Tick

REMEMBERED = 8
"""Flushes by which the cost of one is judged."""
QUICK = 2
"""So many of them, the quickest, may have been lucky."""
LEAP = 2.0
"""Two flushes in a row that cost so many times more are a crowd that came, not a disturbance."""


class FlushCost:
    """What a flush costs in CPU seconds while nothing disturbs it.

    Whatever else runs on the machine makes a flush dearer, by cold caches and by readers who have to be woken, and
    never cheaper; so the lower quartile of the last flushes is taken, and nobody waits for a long tick because a
    neighbour was busy. A crowd that comes is seen with its second flush, one that goes with its third.
    """

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=REMEMBERED)

    def note(self, cost_s: float) -> float:
        """Take a flush into account. Returns what one is taken to cost now."""
        self._last.append(cost_s)
        usual_s = sorted(self._last)[len(self._last) * QUICK // REMEMBERED]
        lately_s = min(self._last[-1], self._last[-2]) if len(self._last) > 1 else cost_s
        return lately_s if lately_s > LEAP * usual_s else usual_s


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


class Rhythm:
    """The present tick of one room.

    Args:
        tick: the rule.
    """

    def __init__(self, tick: Tick, clock: Clock) -> None:
        self.tick = tick
        """The rule."""
        self._meter = LoadMeter(clock)
        self._costs = FlushCost()
        self._cost_s = 0.0
        self.tick_s = 0.0
        """From the start of a flush to the next; 0 before the first one."""
        self.load = 0.0
        """Share of a core that the process used between the last two flushes."""

    def note(self, cost_s: float) -> None:
        """A flush has ended, which cost so many CPU seconds."""
        self._cost_s = self._costs.note(cost_s)
        self.load = self._meter.read()
        self.tick_s = self.tick.after(self._cost_s, self.load)

    def latest_after_s(self) -> float:
        """The time from one push of absolute values to the next that carries nothing else."""
        return self.tick.latest_after(self._cost_s)
