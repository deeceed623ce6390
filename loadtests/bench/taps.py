"""Ten thousand taps in a second for a thousand coupons.

The taps are spread over one second and come from sockets in the room, while others only read its comments. What is
measured is the answer to each tap, and how late the comments of that time reach those who do not tap. The database is
the embedded one, durable as always.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from loadtests.bench.account import Account, Window
from loadtests.bench.compare import describe_cores, describe_run
from loadtests.bench.crowd import IN_FLIGHT, Crowd
from loadtests.bench.dialer import Attempt, Dialer
from loadtests.bench.histogram import Histogram
from loadtests.bench.live_server import ROOM, LiveServer
from loadtests.bench.machine import allow_files, describe_machine, pick_cores, pinned
from loadtests.bench.progress import Progress
from loadtests.bench.schedule import Schedule
from loadtests.bench.servers import ServerProcess
from loadtests.bench.spent import Spent, observe, without_collections
from loadtests.bench.stage import run_server
from loadtests.bench.tappers import Tappers
from loadtests.bench.verdict import find_generator_limits

CAMPAIGN: Final = "taps"
WARMUP_S: Final = 2.0
SPREAD_S: Final = 1.0
PATIENCE_S: Final = 10.0
_PER_S: Final = 500.0
_LONGEST_WAIT_S: Final = 0.01
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of the server."""

    sockets: int
    taps: int
    coupons: int
    audience: int
    messages_per_s: float
    seed: int


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure, and return the report. Raises BenchError."""
    cores, machine = pick_cores(), describe_machine()
    allow_files(plan.audience + plan.sockets)
    own = LiveServer(plan.audience + plan.sockets, speakers=1)
    with pinned(cores.generator), run_server(own, cores) as (server, port):
        progress.tell(describe_cores(cores))
        _open_campaign(own, port, plan)
        crowd = Crowd(own, port, plan.seed, progress)
        rush = Rush(plan, crowd, own, port)
        try:
            crowd.seat_speakers(1)
            crowd.seat_viewers(plan.audience, _PER_S)
            rush.seat_all()
            progress.tell(f"{plan.taps} taps from {plan.sockets} sockets for {plan.coupons} coupons")
            figures = rush.perform(server)
        finally:
            rush.close()
            crowd.close()
    return {**figures, **describe_run(plan.seed, cores, machine)}


def _open_campaign(own: LiveServer, port: int, plan: Plan) -> None:
    drop = {"ends_at": time.time_ns() // 1_000_000 + 3_600_000, "stock": plan.coupons}
    value = {"kind": "fixed", "amount": 500}
    wanted = {"id": CAMPAIGN, "name": "Taps", "currency": "CNY", "value": value, "valid_s": 86_400, "drops": [drop]}
    own.demand(port, f"/api/v1/rooms/{ROOM}/campaigns", wanted)
    own.demand(port, f"/api/v1/rooms/{ROOM}/campaigns/{CAMPAIGN}/activate", {})


class Rush:
    """The viewers who tap in one run, and their plan."""

    def __init__(self, plan: Plan, crowd: Crowd, own: LiveServer, port: int) -> None:
        """Prepare; nobody comes yet."""
        self._plan = plan
        self._crowd = crowd
        self._own = own
        self._tappers = Tappers(ROOM, CAMPAIGN)
        self._dialer = Dialer(own.dialect, port, self._seat, plan.seed + 1)
        self._lag = Histogram()
        self._tapped = 0
        crowd.viewers.watch(self._dialer.fileno(), lambda: self._dialer.poll(0))
        crowd.viewers.watch(self._tappers.fileno(), self._tappers.serve)

    def _seat(self, attempt: Attempt, position: int, rest: bytes) -> None:
        self._tappers.add(attempt.seat, rest)

    def seat_all(self) -> None:
        """Let those join who will tap. Raises JoinRefused."""
        began, dialled = time.monotonic(), 0
        while self._tappers.size < self._plan.sockets:
            allowed = min(self._plan.sockets, int((time.monotonic() - began) * _PER_S) + 1)
            while dialled < allowed and self._dialer.under_way < IN_FLIGHT:
                self._dialer.dial(self._own.tokens.make(f"tapper-{dialled}", "viewer"))
                dialled += 1
            self._crowd.viewers.poll(0.005)
            self._dialer.check_deadline()

    def perform(self, server: ServerProcess) -> dict[str, Any]:
        """Warm up with comments, tap for a second, and wait for the last answers."""
        plan = self._plan
        start = time.monotonic_ns() + _NS // 5
        window = Window(start + int(WARMUP_S * _NS), start + int((WARMUP_S + SPREAD_S) * _NS))
        taps = Schedule(plan.taps / SPREAD_S, window.begin_ns, window.end_ns, plan.seed)
        comments = Schedule(plan.messages_per_s, start, window.end_ns, plan.seed + 2)
        with without_collections():
            self._follow(taps, comments, window.begin_ns)
            spent = observe(server, lambda: self._follow(taps, comments, window.end_ns))
            limit = time.monotonic_ns() + int(PATIENCE_S * _NS)
            while self._tappers.unanswered and time.monotonic_ns() < limit:
                self._follow(taps, comments, time.monotonic_ns() + _NS // 20)
            # Comments that are under way still arrive.
            self._follow(taps, comments, time.monotonic_ns() + _NS)
        server.check_alive()
        return self._describe(self._crowd.account(plan.audience, window, spent.marks), spent)

    def _follow(self, taps: Schedule, comments: Schedule, until_ns: int) -> None:
        now = time.monotonic_ns()
        while now < until_ns:
            while taps.due_ns is not None and taps.due_ns <= now:
                due = taps.take()
                self._tappers.tap(self._tapped, due)
                self._tapped += 1
                now = time.monotonic_ns()
                self._lag.add(now - due)
            self._crowd.speakers.send_due(comments, now)
            due = min(taps.due_ns or until_ns, comments.due_ns or until_ns)
            self._crowd.viewers.poll(min((due - time.monotonic_ns()) / _NS, _LONGEST_WAIT_S))
            now = time.monotonic_ns()

    def _describe(self, account: Account, spent: Spent) -> dict[str, Any]:
        plan, tappers = self._plan, self._tappers
        limits = find_generator_limits(spent.generator_cpu, self._lag.percentile_ms(99), self._tapped, plan.taps)
        granted, answered = tappers.outcomes["granted"], tappers.latency.count
        untrue = tappers.count_untrue()
        expected = min(plan.coupons, plan.sockets, plan.taps)
        return {
            "granted": granted,
            "answered": answered,
            "p50_ms": tappers.latency.percentile_ms(50),
            "p99_ms": tappers.latency.percentile_ms(99),
            "comment_p50_ms": account.latency.percentile_ms(50),
            "comment_p99_ms": account.latency.percentile_ms(99),
            "comments_lost": account.lost,
            "outcomes": dict(tappers.outcomes),
            "untrue": untrue,
            "sockets": plan.sockets,
            "taps": self._tapped,
            "coupons": plan.coupons,
            "audience": plan.audience,
            "messages_per_s": plan.messages_per_s,
            "server_cpu": round(spent.server_cpu, 3),
            "generator_cpu": round(spent.generator_cpu, 3),
            "send_lag_p99_ms": self._lag.percentile_ms(99),
            "correct": account.correct and granted == expected and answered == plan.taps and not untrue,
            "generator_was_the_limit": bool(limits),
            "generator_limits": limits,
        }

    def close(self) -> None:
        """Close what is open."""
        self._dialer.close()
        self._tappers.close()
