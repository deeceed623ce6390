"""How long a crowded room lets commands gather before it takes them together.

A room whose events wait for a flush anyway has no use for a turn for each command: it rests for a part of its tick and
takes what has come meanwhile in one. It is back before the flush by what a turn takes, since what it would publish
right after that waits for another tick. Small rooms do not rest.

Other nodes flush at times of their own, and to their viewers a rest is time lost. Where there are others a room rests
only as far as its process is short of CPU, which turns cost.
"""

from __future__ import annotations

from liveroom.realtime.fanout import Fanout
from liveroom.realtime.tick import STRAINED

MIN_S = 0.002
MAX_S = 0.020
RESTS_PER_TICK = 3
TURNS_EARLY = 1.5
"""It is back before the flush by so many times what a turn takes, most of which may be the way to a Redis and back."""
FOLLOWED = 0.125
"""Share of a turn that takes another time than those before which is taken over."""
SPARE = 0.3
"""Share of a core up to which a process spends what it has left on being early."""


class Rest:
    """The rests of one room.

    Args:
        is_shared: whether other nodes hear what the room publishes.
    """

    def __init__(self, fanout: Fanout, *, is_shared: bool) -> None:
        self._fanout = fanout
        self._is_shared = is_shared
        self._turn_s = 0.0

    def note_turn(self, took_s: float) -> None:
        """A turn with commands has ended, after so many seconds."""
        self._turn_s += (took_s - self._turn_s) * FOLLOWED

    def length_s(self) -> float:
        """How long to rest now, in seconds; 0: not at all."""
        rhythm = self._fanout.rhythm
        back_s = self._fanout.flush_wait_s() - max(MIN_S, TURNS_EARLY * self._turn_s)
        length_s = min(rhythm.tick_s / RESTS_PER_TICK, self._longest_s(), back_s)
        return length_s if length_s >= MIN_S else 0.0

    def _longest_s(self) -> float:
        if not self._is_shared:
            return MAX_S
        strain = (self._fanout.rhythm.load - SPARE) / (STRAINED - SPARE)
        return MAX_S * min(1.0, max(0.0, strain))
