"""Which layer a receiver gets: the large picture, unless its line does not carry it.

Promise: down after two bad looks in a row; up again after a pause, which doubles with each time that it did not hold,
so that a weak line is not tried again and again.
"""

from __future__ import annotations

LOW, HIGH = 0, 1
LOSS = 0.12
SHARE = 0.8
"""Below this share of what is sent, the receiver's own estimate says that it does not arrive."""
PAUSE_S = 5.0
LONGEST_PAUSE_S = 60.0
HOLDS_S = 15.0


class LayerChoice:
    """See the module. `rank` is the choice."""

    def __init__(self) -> None:
        self.rank = HIGH
        self._bad = 0
        self._changed_s = 0.0
        self._pause_s = PAUSE_S

    def look(self, now_s: float, estimate_bps: int | None, sent_bps: float, loss: float) -> int:
        """Choose anew, about once a second.

        Args:
            estimate_bps: what the receiver said last; None: nothing yet.
            sent_bps: what it was sent since the last look.
            loss: share that it lost.
        """
        is_bad = loss > LOSS or (estimate_bps is not None and estimate_bps < SHARE * sent_bps)
        self._bad = self._bad + 1 if is_bad else 0
        if self.rank == HIGH:
            if self._bad >= 2:
                held = now_s - self._changed_s >= HOLDS_S
                self._pause_s = PAUSE_S if held else min(LONGEST_PAUSE_S, 2 * self._pause_s)
                self._change(LOW, now_s)
        elif not self._bad and now_s - self._changed_s >= self._pause_s:
            self._change(HIGH, now_s)
        return self.rank

    def _change(self, rank: int, now_s: float) -> None:
        self.rank = rank
        self._bad = 0
        self._changed_s = now_s
