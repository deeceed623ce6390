"""What a silent connection costs: memory, and CPU for its heartbeat.

The crowd joins one room, is silent for a while, and answers the server's pings as clients do.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Final

from loadtests.bench.compare import describe_cores, describe_run
from loadtests.bench.crowd import Crowd
from loadtests.bench.live_server import LiveServer
from loadtests.bench.machine import allow_files, describe_machine, pick_cores, pinned
from loadtests.bench.progress import Progress
from loadtests.bench.servers import ServerProcess
from loadtests.bench.stage import run_server
from loadtests.bench.verdict import find_generator_limits

_SETTLE_S: Final = 2.0
_STEP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of the server."""

    viewers: int
    seconds: float
    joins_per_s: float
    seed: int


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure, and return the report. Raises BenchError."""
    cores = pick_cores()
    machine = describe_machine()
    allow_files(plan.viewers + 100)
    own = LiveServer(plan.viewers + 1, speakers=1)
    with pinned(cores.generator), run_server(own, cores) as (server, port):
        progress.tell(describe_cores(cores))
        crowd = Crowd(own, port, plan.seed, progress)
        try:
            figures = _observe(plan, crowd, server, progress)
        finally:
            crowd.close()
    return {**figures, **describe_run(plan.seed, cores, machine)}


def _observe(plan: Plan, crowd: Crowd, server: ServerProcess, progress: Progress) -> dict[str, Any]:
    crowd.seat_speakers(1)
    crowd.idle(_SETTLE_S)
    before = server.read_memory_bytes()
    cpu_at_start = server.read_cpu_s()
    connect_s = crowd.seat_viewers(plan.viewers, plan.joins_per_s)
    join_cpu_s = server.read_cpu_s() - cpu_at_start
    crowd.idle(_SETTLE_S)
    after = server.read_memory_bytes()
    started, own_cpu, cpu = time.monotonic(), time.process_time(), server.read_cpu_s()
    while (passed := time.monotonic() - started) < plan.seconds:
        progress.tell_now_and_then(f"{crowd.viewers.size} viewers silent for {passed:.0f} s")
        crowd.idle(_STEP_S)
    generator_cpu = (time.process_time() - own_cpu) / passed
    limits = find_generator_limits(generator_cpu, 0.0, 0, 0)
    return {
        "viewers": plan.viewers,
        "still_connected": crowd.viewers.size,
        "bytes_per_connection": round((after - before) / plan.viewers),
        "connects_per_s": round(plan.viewers / connect_s),
        "connect_cpu_us": round(join_cpu_s / plan.viewers * 1e6),
        "silent_s": round(passed, 1),
        "server_cpu": round((server.read_cpu_s() - cpu) / passed, 4),
        "generator_cpu": round(generator_cpu, 3),
        "closed": dict(crowd.viewers.closed),
        "correct": crowd.viewers.size == plan.viewers,
        "generator_was_the_limit": bool(limits),
        "generator_limits": limits,
    }
