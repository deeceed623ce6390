"""What a second node costs a message: from a speaker on one node to the viewers of the other.

Three figures in one run, on the same machine: a node alone; two nodes with as many viewers on each, which share a
Valkey and a database; and how fast one node can publish when nothing else is asked of it. The first two in turn, some
times over, since a machine that is not one's own changes its pace within a run; the figures are medians of the rounds.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from loadtests.bench.account import Account, make_account
from loadtests.bench.compare import describe_run
from loadtests.bench.crowd import Crowd
from loadtests.bench.fanout import DRAIN_S, FanoutRun, Load, Measurement
from loadtests.bench.live_server import LiveServer
from loadtests.bench.machine import Cores, allow_files, describe_machine, pick_cores, pinned
from loadtests.bench.progress import Progress
from loadtests.bench.report import describe
from loadtests.bench.servers import ServerProcess
from loadtests.bench.stage import run_server
from loadtests.bench.valkey import run_valkey
from loadtests.bench.within import run_module

SPEAKERS: Final = 10
PACE_MODULE: Final = "liveroom.realtime.backplane.redis.pace"
PACE_TIMEOUT_S: Final = 60.0
NOTES: Final = (
    "one_node: one process without a Valkey. two_node: messages of speakers on node A, as viewers on node B got them; "
    "same_node: as viewers on node A got them meanwhile. Medians of the rounds; one_node, node_a and node_b are the "
    "round whose added_p99_ms is the median.",
    "Both nodes and the Valkey share the server's core here; on machines of their own they do not wait for each other.",
    "publishes_per_s: one call of one script each, with a key, over one pair of connections, each heard again by the "
    "process that published; the Valkey has a core for itself.",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked.

    Args:
        load: `viewers` are those of each node.
        pace_s: how long publishes are counted.
        rounds: how often one node and two are measured, in turn.
    """

    load: Load
    pace_s: float
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class Round:
    """A node alone, and two of them right after it; `same` are the viewers beside the speakers."""

    alone: dict[str, Any]
    same: dict[str, Any]
    away: dict[str, Any]
    correct: bool

    @property
    def added_ms(self) -> float:
        """What the way to the other node adds at p99."""
        return round(float(self.away["p99_ms"]) - float(self.alone["p99_ms"]), 2)


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure all three, and return the report. Raises BenchError."""
    cores, machine, load = pick_cores(), describe_machine(), plan.load
    allow_files(2 * load.viewers + 2 * SPEAKERS)
    with pinned(cores.generator):
        rounds = [_measure_round(load, cores, progress) for _ in range(plan.rounds)]
        pace = _measure_pace(plan.pace_s, cores, progress)
    middle = sorted(rounds, key=lambda each: each.added_ms)[len(rounds) // 2]
    limits = [
        f"{name}: {why}"
        for each in rounds
        for name, part in (("one node", each.alone), ("two nodes", each.same))
        for why in part["generator_limits"]
    ]
    return {
        **_summarise(rounds),
        "publishes_per_s": pace["alone"]["publishes_per_s"],
        "python_us_per_publish": pace["alone"]["python_us_per_publish"],
        "publishes_together": pace["together"],
        "viewers_per_node": load.viewers,
        "rate": load.rate_per_s,
        "seconds": load.seconds,
        "one_node": middle.alone,
        "node_a": middle.same,
        "node_b": middle.away,
        "correct": all(each.correct for each in rounds) and not pace["alone"]["not_heard"],
        "generator_was_the_limit": bool(limits),
        "generator_limits": limits,
        **describe_run(load.seed, cores, machine),
        "notes": NOTES,
    }


def _summarise(rounds: Sequence[Round]) -> dict[str, Any]:
    """Medians over the rounds, and the rounds themselves."""
    p99s = [
        {
            "one_node_p99_ms": each.alone["p99_ms"],
            "two_node_p99_ms": each.away["p99_ms"],
            "added_p99_ms": each.added_ms,
            "same_node_p99_ms": each.same["p99_ms"],
        }
        for each in rounds
    ]
    return {**{name: round(median(each[name] for each in p99s), 2) for name in p99s[0]}, "rounds": p99s}


def _measure_round(load: Load, cores: Cores, progress: Progress) -> Round:
    alone = describe(_measure_alone(load, cores, progress))
    same, other = _measure_two(load, cores, progress)
    return Round(alone, same, _describe_account(other), alone["correct"] and same["correct"] and other.correct)


def _measure_alone(load: Load, cores: Cores, progress: Progress) -> Measurement:
    contender = LiveServer(load.viewers + SPEAKERS, SPEAKERS)
    with run_server(contender, cores) as (server, port):
        crowd = Crowd(contender, port, load.seed, progress)
        try:
            return FanoutRun("one node", load, crowd, server, progress).perform(SPEAKERS)
        finally:
            crowd.close()


def _measure_two(load: Load, cores: Cores, progress: Progress) -> tuple[dict[str, Any], Account]:
    """Figures of the node with the speakers, and the account of the other one's viewers."""
    with run_valkey(cores.server) as (_, url), TemporaryDirectory(prefix="liveroom-bench-") as directory:
        shared = {"LIVEROOM_REDIS_URL": url, "LIVEROOM_DATA_DIR": directory}
        contender = LiveServer(load.viewers + SPEAKERS, SPEAKERS, environment=shared)
        with (
            run_server(contender, cores) as (server, port),
            run_server(contender, cores, has_room=True) as (_, other_port),
        ):
            crowd, away = (Crowd(contender, each, load.seed, progress) for each in (port, other_port))
            try:
                return _follow_both(load, crowd, away, server, progress)
            finally:
                crowd.close()
                away.close()


def _follow_both(
    load: Load, crowd: Crowd, away: Crowd, server: ServerProcess, progress: Progress
) -> tuple[dict[str, Any], Account]:
    away.seat_viewers(load.viewers, load.joins_per_s)
    crowd.viewers.watch(away.viewers.fileno(), away.viewers.read_ready)
    measurement = FanoutRun("two nodes", load, crowd, server, progress).perform(SPEAKERS)
    limit = time.monotonic() + DRAIN_S
    sent_ns = crowd.speakers.sent_ns
    while away.viewers.count_deliveries() < len(sent_ns) * load.viewers and time.monotonic() < limit:
        crowd.idle(0.05)
    viewers = away.viewers
    counted = make_account(
        viewers.chunks, viewers.anomalies, sent_ns, load.viewers, measurement.plan, measurement.spent.marks
    )
    return describe(measurement), counted


def _describe_account(account: Account) -> dict[str, Any]:
    return {
        "p50_ms": account.latency.percentile_ms(50),
        "p99_ms": account.latency.percentile_ms(99),
        "max_ms": account.latency.percentile_ms(100),
        "delivered": account.delivered,
        "expected": account.expected,
        "lost": account.lost,
        "duplicates": account.duplicates,
        "reordered": account.reordered,
        "holes": account.holes,
    }


def _measure_pace(seconds: float, cores: Cores, progress: Progress) -> dict[str, Any]:
    progress.tell(f"publishing for {seconds:g} s, twice")
    with run_valkey(cores.server) as (_, url):
        return run_module(PACE_MODULE, (url, seconds), PACE_TIMEOUT_S)
