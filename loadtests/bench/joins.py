"""Viewers rush into a room that talks.

Open model: a join is due when the plan says so and counts from there: TCP, upgrade and `connect` until
the answer `connected`; then from the answer to the personal welcome and to the value card. Every newcomer
is a user of their own. The messages meanwhile show what the rush does to those who are already there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from loadtests.bench.account import Account, Window
from loadtests.bench.compare import describe_cores, describe_run
from loadtests.bench.crowd import Crowd
from loadtests.bench.dialer import Attempt, Dialer
from loadtests.bench.histogram import Histogram
from loadtests.bench.live_server import LiveServer
from loadtests.bench.machine import allow_files, describe_machine, pick_cores, pinned
from loadtests.bench.newcomers import Newcomers
from loadtests.bench.progress import Progress
from loadtests.bench.schedule import Schedule
from loadtests.bench.servers import ServerProcess
from loadtests.bench.spent import Spent, observe, without_collections
from loadtests.bench.stage import run_server
from loadtests.bench.verdict import find_generator_limits

STAY_S: Final = 3.0
WARMUP_S: Final = 2.0
_AUDIENCE_PER_S: Final = 500.0
_LONGEST_WAIT_S: Final = 0.01
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of the server."""

    joins_per_s: float
    seconds: float
    audience: int
    messages_per_s: float
    seed: int


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure, and return the report. Raises BenchError."""
    cores = pick_cores()
    machine = describe_machine()
    staying = int(plan.joins_per_s * (STAY_S + 2))
    allow_files(plan.audience + staying)
    own = LiveServer(plan.audience + staying, speakers=1)
    planned = int(plan.joins_per_s * (plan.seconds + WARMUP_S)) + 1
    tokens = [own.tokens.make(f"newcomer-{number}", "viewer") for number in range(planned)]
    with pinned(cores.generator), run_server(own, cores) as (server, port):
        progress.tell(describe_cores(cores))
        crowd = Crowd(own, port, plan.seed, progress)
        rush = Rush(plan, crowd, own, port, tokens)
        try:
            crowd.seat_speakers(1)
            crowd.seat_viewers(plan.audience, _AUDIENCE_PER_S)
            progress.tell(f"{plan.joins_per_s:g} joins a second for {WARMUP_S + plan.seconds:g} s")
            figures = rush.perform(server)
        finally:
            rush.close()
            crowd.close()
    return {**figures, **describe_run(plan.seed, cores, machine)}


class Rush:
    """The newcomers of one run and their plan."""

    def __init__(self, plan: Plan, crowd: Crowd, own: LiveServer, port: int, tokens: Sequence[str]) -> None:
        """Prepare; nobody comes yet."""
        self._plan = plan
        self._crowd = crowd
        self._tokens = tokens
        self._due: list[int] = []
        self._lag = Histogram()
        self._newcomers = Newcomers(STAY_S)
        self._dialer = Dialer(own.dialect, port, self._seat, plan.seed + 1)
        crowd.viewers.watch(self._dialer.fileno(), lambda: self._dialer.poll(0))
        crowd.viewers.watch(self._newcomers.fileno(), self._newcomers.serve)

    def _seat(self, attempt: Attempt, position: int, rest: bytes) -> None:
        self._newcomers.add(attempt.seat, self._due[attempt.label], rest)

    def perform(self, server: ServerProcess) -> dict[str, Any]:
        """Warm up, measure, and wait until the last newcomer has left."""
        plan = self._plan
        start = time.monotonic_ns() + _NS // 5
        window = Window(start + int(WARMUP_S * _NS), start + int((WARMUP_S + plan.seconds) * _NS))
        self._newcomers.count_from(window.begin_ns)
        arrivals = Schedule(plan.joins_per_s, start, window.end_ns, plan.seed)
        messages = Schedule(plan.messages_per_s, start, window.end_ns, plan.seed + 2)
        with without_collections():
            self._follow(arrivals, messages, window.begin_ns)
            spent = observe(server, lambda: self._follow(arrivals, messages, window.end_ns))
            self._follow(arrivals, messages, window.end_ns + int((STAY_S + 1) * _NS))
        server.check_alive()
        return self._describe(self._crowd.account(plan.audience, window, spent.marks), spent)

    def _follow(self, arrivals: Schedule, messages: Schedule, until_ns: int) -> None:
        now = time.monotonic_ns()
        while now < until_ns:
            while arrivals.due_ns is not None and arrivals.due_ns <= now:
                self._due.append(arrivals.take())
                self._lag.add(now - self._due[-1])
                self._dialer.dial(self._tokens[len(self._due) - 1], len(self._due) - 1)
            self._crowd.speakers.send_due(messages, now)
            self._newcomers.let_go(now)
            self._dialer.check_deadline()
            due = min(arrivals.due_ns or until_ns, messages.due_ns or until_ns)
            self._crowd.viewers.poll(min((due - time.monotonic_ns()) / _NS, _LONGEST_WAIT_S))
            now = time.monotonic_ns()

    def _describe(self, account: Account, spent: Spent) -> dict[str, Any]:
        newcomers, plan = self._newcomers, self._plan
        planned = int(plan.joins_per_s * (WARMUP_S + plan.seconds))
        limits = find_generator_limits(spent.generator_cpu, self._lag.percentile_ms(99), len(self._due), planned)
        missed = newcomers.without_welcome + newcomers.without_card + newcomers.present + self._dialer.under_way
        return {
            "joins_per_s": plan.joins_per_s,
            "seconds": plan.seconds,
            "joins": len(self._due),
            "answered": newcomers.answered,
            "without_welcome": newcomers.without_welcome,
            "without_card": newcomers.without_card,
            "join_answer": _describe_latency(newcomers.answers),
            "welcome_after_answer": _describe_latency(newcomers.welcomes),
            "value_card_after_answer": _describe_latency(newcomers.cards),
            "audience": {
                "viewers": plan.audience,
                "messages_per_s": plan.messages_per_s,
                "latency": _describe_latency(account.latency),
                "lost": account.lost,
            },
            "server_cpu": round(spent.server_cpu, 3),
            "generator_cpu": round(spent.generator_cpu, 3),
            "send_lag_p99_ms": self._lag.percentile_ms(99),
            "correct": account.correct and not missed,
            "generator_was_the_limit": bool(limits),
            "generator_limits": limits,
        }

    def close(self) -> None:
        """Close what is open."""
        self._dialer.close()
        self._newcomers.close()


def _describe_latency(histogram: Histogram) -> dict[str, float | int]:
    if not histogram.count:
        return {"count": 0}
    names = {"p50_ms": 50.0, "p99_ms": 99.0, "p999_ms": 99.9, "max_ms": 100.0}
    return {"count": histogram.count, **{name: histogram.percentile_ms(percent) for name, percent in names.items()}}
