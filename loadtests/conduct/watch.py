"""Looks at the server's `/metrics` every few seconds, for the plots beside the latencies. Never disturbs the run."""

from __future__ import annotations

import time
from typing import Final

import gevent

from loadtests.target.errors import TargetRefused
from loadtests.target.interface import Interface
from loadtests.target.own_view import Sample, read_sample

EVERY_S: Final = 3.0


class Watch:
    """Samples of the window; none when the server has no metrics for us, and then `refused` says why."""

    def __init__(self, interface: Interface) -> None:
        """Look at this deployment."""
        self._interface = interface
        self.samples: list[Sample] = []
        self.refused: str | None = None

    def follow(self, begin_ns: int, end_ns: int) -> None:
        """Look from the begin of the window to its end; both on the clock of this process."""
        gevent.sleep(max(0.0, (begin_ns - time.monotonic_ns()) / 1e9))
        while self.refused is None:
            self.look(begin_ns)
            rest_s = (end_ns - time.monotonic_ns()) / 1e9
            if rest_s <= 0:
                return
            gevent.sleep(min(EVERY_S, rest_s))

    def look(self, begin_ns: int) -> None:
        """Take one sample."""
        try:
            text = self._interface.read_metrics()
        except TargetRefused as refused:
            self.refused = str(refused)
            return
        self.samples.append(read_sample(text, (time.monotonic_ns() - begin_ns) / 1e9))
