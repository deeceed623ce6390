"""Viewers ask while the room is as loud as in `bench fanout`: how soon the host has each question.

From the time at which a question was due to the moment at which the host's socket has read that it is in the queue. In
between are the comment, its recognition, a commit to the embedded database, durable as always, and the way back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from loadtests.bench.account import Account, Window
from loadtests.bench.askers import Askers
from loadtests.bench.compare import describe_cores, describe_run
from loadtests.bench.crowd import Crowd
from loadtests.bench.dialer import Attempt, Dialer
from loadtests.bench.histogram import Histogram
from loadtests.bench.live_server import ROOM, LiveServer
from loadtests.bench.machine import allow_files, describe_machine, pick_cores, pinned
from loadtests.bench.progress import Progress
from loadtests.bench.schedule import Schedule
from loadtests.bench.servers import ServerProcess
from loadtests.bench.spent import Spent, observe, without_collections
from loadtests.bench.stage import run_server
from loadtests.bench.verdict import find_generator_limits
from loadtests.bench.viewers import BATCH

WARMUP_S: Final = 2.0
PATIENCE_S: Final = 5.0
TARGET_MS: Final = 100.0
SPEAKERS: Final = 10
REST_S: Final = 0.001
"""As in `bench fanout`: without it the generator spends its core on waking."""
_HOST: Final = 1
_ASKER: Final = 0
_PER_S: Final = 700.0
_LONGEST_WAIT_S: Final = 0.01
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of the server."""

    viewers: int
    messages_per_s: float
    questions_per_s: float
    seconds: float
    seed: int

    @property
    def askers(self) -> int:
        """Sockets that ask: each may say one thing a second."""
        return max(10, 2 * round(self.questions_per_s))


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure, and return the report. Raises BenchError."""
    cores, machine = pick_cores(), describe_machine()
    allow_files(plan.viewers + plan.askers + 100)
    own = LiveServer(plan.viewers + plan.askers + 1, speakers=SPEAKERS)
    with pinned(cores.generator), run_server(own, cores) as (server, port):
        progress.tell(describe_cores(cores))
        crowd = Crowd(own, port, plan.seed, progress)
        asking = Asking(plan, crowd, own, port)
        try:
            crowd.seat_speakers(SPEAKERS)
            asking.seat_all()
            crowd.seat_viewers(plan.viewers, _PER_S)
            progress.tell(f"{plan.questions_per_s:g} questions a second from {plan.askers} sockets")
            figures = asking.perform(server)
        finally:
            asking.close()
            crowd.close()
    return {**figures, **describe_run(plan.seed, cores, machine)}


class Asking:
    """Those who ask in one run, the host, and the plan they follow."""

    def __init__(self, plan: Plan, crowd: Crowd, own: LiveServer, port: int) -> None:
        """Prepare; nobody comes yet."""
        self._plan = plan
        self._crowd = crowd
        self._own = own
        self._askers = Askers(ROOM)
        self._dialer = Dialer(own.dialect, port, self._seat, plan.seed + 1)
        self._lag = Histogram()
        self._said = 0
        crowd.viewers.watch(self._dialer.fileno(), lambda: self._dialer.poll(0))
        crowd.viewers.watch(self._askers.fileno(), self._askers.serve)

    def _seat(self, attempt: Attempt, position: int, rest: bytes) -> None:
        self._askers.add(attempt.seat, rest, asks=attempt.label == _ASKER)

    def seat_all(self) -> None:
        """Let the host join, and those who ask. Raises JoinRefused."""
        tokens = self._own.tokens
        self._dialer.dial(tokens.make(f"host-{ROOM}", "host", [ROOM]), _HOST)
        for number in range(self._plan.askers):
            self._dialer.dial(tokens.make(f"asker-{number}", "viewer"), _ASKER)
        while self._dialer.under_way:
            self._crowd.viewers.poll(0.005)
            self._dialer.check_deadline()

    def perform(self, server: ServerProcess) -> dict[str, Any]:
        """Warm up, measure, and wait for the last questions."""
        plan = self._plan
        start = time.monotonic_ns() + _NS // 5
        window = Window(start + int(WARMUP_S * _NS), start + int((WARMUP_S + plan.seconds) * _NS))
        self._askers.count_from(window.begin_ns)
        questions = Schedule(plan.questions_per_s, start, window.end_ns, plan.seed)
        comments = Schedule(plan.messages_per_s, start, window.end_ns, plan.seed + 2)
        with without_collections():
            self._follow(questions, comments, window.begin_ns)
            spent = observe(server, lambda: self._follow(questions, comments, window.end_ns))
            limit = time.monotonic_ns() + int(PATIENCE_S * _NS)
            while self._askers.unheard and time.monotonic_ns() < limit:
                self._follow(questions, comments, time.monotonic_ns() + _NS // 20)
            # Comments that are under way still arrive.
            self._follow(questions, comments, time.monotonic_ns() + _NS)
        server.check_alive()
        return self._describe(self._crowd.account(plan.viewers, window, spent.marks), spent)

    def _follow(self, questions: Schedule, comments: Schedule, until_ns: int) -> None:
        now = time.monotonic_ns()
        while now < until_ns:
            while questions.due_ns is not None and questions.due_ns <= now:
                due = questions.take()
                self._askers.ask(self._said, due)
                self._said += 1
                now = time.monotonic_ns()
                self._lag.add(now - due)
            self._crowd.speakers.send_due(comments, now)
            due = min(questions.due_ns or until_ns, comments.due_ns or until_ns)
            ready = self._crowd.viewers.poll(min((due - time.monotonic_ns()) / _NS, _LONGEST_WAIT_S))
            if 0 < ready < BATCH:
                time.sleep(REST_S)
            now = time.monotonic_ns()

    def _describe(self, account: Account, spent: Spent) -> dict[str, Any]:
        plan, askers = self._plan, self._askers
        planned = int(plan.questions_per_s * (WARMUP_S + plan.seconds))
        limits = find_generator_limits(spent.generator_cpu, self._lag.percentile_ms(99), self._said, planned)
        heard = {"p50_ms": 50.0, "p99_ms": 99.0, "max_ms": 100.0}
        latencies = {name: askers.latency.percentile_ms(percent) for name, percent in heard.items()}
        return {
            "asked": askers.asked,
            "heard": askers.heard,
            "lost": askers.asked - askers.heard,
            **(latencies if askers.heard else dict.fromkeys(heard)),
            "target_p99_ms": TARGET_MS,
            "refusals": dict(askers.refusals),
            "viewers": plan.viewers,
            "messages_per_s": plan.messages_per_s,
            "questions_per_s": plan.questions_per_s,
            "seconds": plan.seconds,
            "comment_p50_ms": account.latency.percentile_ms(50),
            "comment_p99_ms": account.latency.percentile_ms(99),
            "comments_lost": account.lost,
            "server_cpu": round(spent.server_cpu, 3),
            "generator_cpu": round(spent.generator_cpu, 3),
            "send_lag_p99_ms": self._lag.percentile_ms(99),
            "correct": account.correct and askers.heard == askers.asked > 0,
            "generator_was_the_limit": bool(limits),
            "generator_limits": limits,
        }

    def close(self) -> None:
        """Close what is open."""
        self._dialer.close()
        self._askers.close()
