"""Watches the process it runs in: its CPU and how late its timers come, in the window alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Final

import gevent

from loadtests.conduct.run_clock import read_machine
from loadtests.record.health import STEP_NS, Health
from loadtests.record.ledger import Window

CPU_EVERY_S: Final = 1.0


class Vitals:
    """Watches from the beginning until `stop`."""

    def __init__(
        self, read_window: Callable[[], Window], now_ns: Callable[[], int], role: str = "", *, has_timers: bool = True
    ) -> None:
        """Watch this process.

        Args:
            read_window: the time that counts, as far as it is known.
            now_ns: the clock of the run.
            role: added to its name.
            has_timers: whether anything depends on their being on time.
        """
        node = os.uname().nodename
        self.health = Health(
            worker=f"{node}/{os.getpid()}{role}",
            machine=f"{node}/{read_machine()[:8]}",
            cores=frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset({0}),
        )
        self._read_window = read_window
        self._now_ns = now_ns
        self._work: list[Any] = [gevent.spawn(self._watch_cpu)]
        if has_timers:
            self._work.append(gevent.spawn(self._watch_lag))

    def stop(self) -> None:
        """Watch no longer."""
        gevent.killall(self._work)

    def _watch_lag(self) -> None:
        due_ns = self._now_ns()
        while True:
            due_ns += STEP_NS
            gevent.sleep(STEP_NS / 1e9)
            now_ns, window = self._now_ns(), self._read_window()
            # A stall that began in the window counts, wherever it ended.
            if due_ns in window or now_ns in window:
                self.health.note_lag(max(0, now_ns - due_ns))
            due_ns = now_ns

    def _watch_cpu(self) -> None:
        while True:
            gevent.sleep(CPU_EVERY_S)
            now_ns, window = self._now_ns(), self._read_window()
            if now_ns in window:
                self.health.note_cpu(window.since_begin_s(now_ns), time.process_time())
