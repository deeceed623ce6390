"""Small runs of the whole load test, as a process, against servers with and without a fault."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests.bench.machine import Cores
from loadtests.drive.calibrate import NO_SECRETS
from loadtests.drive.locust_run import LOCUSTFILE, LocustRun
from loadtests.drive.own_server import run_liveroom, run_trivial

HERE = Path(__file__).resolve().parent
SLO = """
error_share = 0.001

[limits]
p99_ms = {p99_ms}
[generator]
cpu_share = {cpu_share}
lag_p99_ms = {lag_ms}
lag_max_ms = 10000
send_lag_p99_ms = {lag_ms}
sent_share = 0.9
calibration_p99_ms = 60
clock_error_ms = 10

[profile.small]
says = "a room of a test"
rooms = 2
lurkers = 6
spawn_per_s = 100
warmup_s = 0.5
seconds = 3
stay_s = 0.5
away_s = 0.3
settle_s = 0.5
drain_s = 3
stock = {stock}
acts.comment = {{ users = 6, per_s = 50, floor = 100 }}
acts.question = {{ users = 2, per_s = 4, floor = 5 }}
acts.like = {{ users = 2, per_s = 20, floor = 20 }}
acts.gift = {{ users = 4, per_s = 8, floor = 10 }}
acts.claim = {{ users = 4, per_s = 12, floor = 20 }}
acts.vote = {{ users = 12, per_s = 2, floor = 3 }}
acts.seat = {{ users = 4, per_s = 1, floor = 1 }}
acts.arrival = {{ users = 2, per_s = 4, floor = 2 }}
acts.return = {{ users = 2, per_s = 2, floor = 1 }}
"""


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    code: int
    report: dict[str, Any]
    directory: Path
    secrets: Mapping[str, str] = field(default_factory=dict)
    """What nobody may find in what it wrote."""

    def failures(self) -> dict[str, str]:
        """Checks that did not hold, and what they found."""
        return {check["name"]: check["found"] for check in self.report["checks"] if not check["held"]}


def write_slo(directory: Path, *, strict: bool = False, p99_ms: int = 5000, stock: int = 1_000_000) -> Path:
    """Limits for a test. A busy test machine makes neither judgement, unless that is the test."""
    limits = {"cpu_share": 0.8, "lag_ms": 100} if strict else {"cpu_share": 1.0, "lag_ms": 3000}
    file = directory / "slo.toml"
    file.write_text(SLO.format(**limits, p99_ms=p99_ms, stock=stock), encoding="utf-8")
    return file


def run_planted(fault: str, directory: Path, *, workers: int = 1, starved: bool = False, **limits: int) -> Outcome:
    """A whole run against the planted server."""
    any_core = min(os.sched_getaffinity(0))
    program = (str(HERE / "planted_server.py"), fault)
    with run_trivial(Cores(any_core, any_core), program) as host:
        run = LocustRun(
            host=host,
            profile="small",
            results=directory,
            workers=workers,
            slo=write_slo(directory, strict=starved, **limits),
            secrets=NO_SECRETS,
            locustfile=HERE / "starved_locustfile.py" if starved else LOCUSTFILE,
        )
        code = run.perform()
    return Outcome(code, json.loads((directory / "report.json").read_text(encoding="utf-8")), directory)


def run_against_liveroom(directory: Path) -> Outcome:
    """A whole run against the real server, with a battle."""
    any_core = min(os.sched_getaffinity(0))
    with run_liveroom(200, Cores(any_core, any_core)) as (host, secrets):
        slo = write_slo(directory)
        slo.write_text(_make_real(slo.read_text(encoding="utf-8")), encoding="utf-8")
        code = LocustRun(host=host, profile="small", results=directory, slo=slo, secrets=secrets).perform()
    return Outcome(code, json.loads((directory / "report.json").read_text(encoding="utf-8")), directory, secrets)


def _make_real(slo: str) -> str:
    """A viewer may not act as often as the planted server takes it; the rooms fight, so nobody likes.

    A poll of a few seconds may be over before a busy machine comes to a vote in it.
    """
    for before, after in (
        ("acts.like = { users = 2, per_s = 20, floor = 20 }\n", "battle = true\n"),
        ("error_share = 0.001", "error_share = 0.1"),
        ("warmup_s = 0.5\nseconds = 3", "warmup_s = 5\nseconds = 4"),
        ("users = 6, per_s = 50, floor = 100", "users = 40, per_s = 24, floor = 50"),
        ("users = 2, per_s = 4, floor = 5", "users = 20, per_s = 4, floor = 5"),
    ):
        assert before in slo
        slo = slo.replace(before, after)
    return slo
