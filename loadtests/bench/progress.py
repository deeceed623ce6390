"""Short lines on stderr that say what a long run is doing; stdout carries the result alone."""

from __future__ import annotations

import sys
import time


class Progress:
    """Tells phases, and within a phase at most one line every two seconds."""

    def __init__(self, quiet: bool = False) -> None:
        """Tell, or be quiet."""
        self._quiet = quiet
        self._next_s = 0.0

    def tell(self, line: str) -> None:
        """Say this now."""
        if not self._quiet:
            print(line, file=sys.stderr, flush=True)
        self._next_s = time.monotonic() + 2.0

    def tell_now_and_then(self, line: str) -> None:
        """Say this unless something was said less than two seconds ago."""
        if time.monotonic() >= self._next_s:
            self.tell(line)
