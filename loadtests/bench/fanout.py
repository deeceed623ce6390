"""One server under fan-out load: every message to every viewer, from the plan to the last receipt.

Phases: speakers join, viewers join (memory is read before and after, idle), warm-up, the measured window,
and a drain of at most `DRAIN_S`. What has not arrived then is lost.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from loadtests.bench.account import Account, Window
from loadtests.bench.contenders import Contender
from loadtests.bench.crowd import Crowd
from loadtests.bench.machine import Cores
from loadtests.bench.progress import Progress
from loadtests.bench.schedule import Schedule
from loadtests.bench.servers import ServerProcess
from loadtests.bench.spent import Spent, observe, without_collections
from loadtests.bench.stage import run_server
from loadtests.bench.viewers import BATCH

DRAIN_S: Final = 5.0
REST_S: Final = 0.001
"""Pause after reading all that was there. Without it the generator wakes for every single frame and spends
its core on waking; with it latencies may read up to 1 ms too high, for every server alike."""
_SETTLE_S: Final = 1.0
_LONGEST_WAIT_S: Final = 0.05
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked of a server."""

    viewers: int
    rate_per_s: float
    seconds: float
    warmup_s: float
    joins_per_s: float
    seed: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one server did under one load."""

    account: Account
    load: Load
    plan: Window
    spent: Spent
    memory_bytes_before: int
    memory_bytes_after: int
    connect_s: float
    reads: int
    answers: int
    refusals: dict[str, int]
    notices: dict[str, int]
    closed: dict[str, int]
    lag_p99_ms: float
    lag_max_ms: float


def measure(contender: Contender, load: Load, cores: Cores, progress: Progress) -> Measurement:
    """Start the server, put the load on it, stop it.

    Raises:
        BenchError: it did not start, refused its audience or broke its protocol.
    """
    with run_server(contender, cores) as (server, port):
        crowd = Crowd(contender, port, load.seed, progress)
        try:
            return FanoutRun(contender.name, load, crowd, server, progress).perform(contender.speakers)
        finally:
            crowd.close()


class FanoutRun:
    """One load on one server that is ready."""

    def __init__(self, name: str, load: Load, crowd: Crowd, server: ServerProcess, progress: Progress) -> None:
        """Nothing is connected yet."""
        self._name = name
        self._load = load
        self._crowd = crowd
        self._server = server
        self._progress = progress

    def perform(self, speakers: int) -> Measurement:
        """Go through all phases with this many speakers."""
        crowd, load = self._crowd, self._load
        crowd.seat_speakers(speakers)
        crowd.idle(_SETTLE_S)
        before = self._server.read_memory_bytes()
        connect_s = crowd.seat_viewers(load.viewers, load.joins_per_s)
        crowd.idle(_SETTLE_S)
        after = self._server.read_memory_bytes()
        self._progress.tell(f"{self._name}: {load.viewers} viewers in {connect_s:.1f} s")
        with without_collections():
            plan, spent = self._drive()
        self._progress.tell(f"{self._name}: counting")
        viewers, voices = crowd.viewers, crowd.speakers
        return Measurement(
            account=crowd.account(load.viewers, plan, spent.marks),
            load=load,
            plan=plan,
            spent=spent,
            memory_bytes_before=before,
            memory_bytes_after=after,
            connect_s=connect_s,
            reads=viewers.reads,
            answers=voices.answers,
            refusals=dict(voices.refusals),
            notices=dict(viewers.notices),
            closed=dict(viewers.closed),
            lag_p99_ms=voices.lag.percentile_ms(99),
            lag_max_ms=voices.lag.percentile_ms(100),
        )

    def _drive(self) -> tuple[Window, Spent]:
        """Warm up, measure, drain. Returns the planned window, and what the real one took."""
        load = self._load
        start = time.monotonic_ns() + _NS // 10
        begin = start + int(load.warmup_s * _NS)
        plan = Window(begin, begin + int(load.seconds * _NS))
        schedule = Schedule(load.rate_per_s, start, plan.end_ns, load.seed)
        self._progress.tell(f"{self._name}: warming up for {load.warmup_s:g} s, measuring for {load.seconds:g} s")
        self._follow(schedule, plan.begin_ns)
        spent = observe(self._server, lambda: self._follow(schedule, plan.end_ns))
        self._drain()
        self._server.check_alive()
        return plan, spent

    def _follow(self, schedule: Schedule, until_ns: int) -> None:
        """Send what is due and read what comes, until this time."""
        viewers, speakers = self._crowd.viewers, self._crowd.speakers
        now = time.monotonic_ns()
        while now < until_ns:
            speakers.send_due(schedule, now)
            due = schedule.due_ns or until_ns
            wait_s = (min(due, until_ns) - time.monotonic_ns()) / _NS
            ready = viewers.poll(min(wait_s, _LONGEST_WAIT_S))
            if 0 < ready < BATCH:
                time.sleep(REST_S)
            now = time.monotonic_ns()

    def _drain(self) -> None:
        """Read on until everything has arrived, but not longer than `DRAIN_S`."""
        viewers = self._crowd.viewers
        expected = len(self._crowd.speakers.sent_ns) * self._load.viewers
        limit = time.monotonic() + DRAIN_S
        while time.monotonic() < limit and viewers.count_deliveries() < expected:
            self._crowd.idle(0.1)
