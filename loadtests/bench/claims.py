"""Durable claims of coupons: how many one process writes in a second, on each kind of database.

The claims come from inside the process, so that the database and not the sockets is measured. PostgreSQL runs on the
other core, with its durable defaults. Beside it, in the same run, the plain form: one claim in each transaction.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from typing import Any, Final

from loadtests.bench.compare import describe_run
from loadtests.bench.machine import Cores, describe_machine, pick_cores, pinned
from loadtests.bench.postgresql import run_postgresql
from loadtests.bench.progress import Progress
from loadtests.bench.within import run_module

TIMEOUT_S: Final = 300.0
PLAIN_S: Final = 3.0
"""How long the plain form is measured."""
GROWING: Final = ("shared_buffers=512MB", "max_wal_size=4GB")
"""A cluster starts with 128 MB, whatever the machine has."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How many claims, how many of them unanswered at any time, and whether in another order than that of the ids."""

    claims: int
    in_flight: int
    shuffled: bool
    seed: int


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure, and return the report. Raises BenchError."""
    cores, machine = pick_cores(), describe_machine()
    progress.tell(f"SQLite: {plan.claims} claims on core {cores.server}")
    sqlite = _compare(plan, cores, ())
    progress.tell(f"PostgreSQL on core {cores.generator}: {plan.claims} claims on core {cores.server}")
    with pinned(cores.generator), run_postgresql(GROWING) as server:
        postgresql = _compare(plan, cores, (server.create("grouped"), server.create("plain")))
    return {
        "sqlite": sqlite,
        "postgresql": postgresql,
        "in_flight": plan.in_flight,
        "shuffled": plan.shuffled,
        "correct": _is_right(sqlite) and _is_right(postgresql),
        "generator_was_the_limit": False,
        "generator_limits": [],
        **describe_run(plan.seed, cores, machine),
    }


def _compare(plan: Plan, cores: Cores, urls: tuple[str, ...]) -> dict[str, Any]:
    grouped_url, plain_url = urls or (None, None)
    grouped = _measure(plan, cores, TIMEOUT_S / 2, grouped_url, None)
    plain = _measure(plan, cores, PLAIN_S, plain_url, 1)
    return {
        **grouped,
        "one_by_one_per_s": plain["claims_per_s"],
        "ratio": round(grouped["claims_per_s"] / max(1, plain["claims_per_s"]), 1),
        "one_by_one": plain,
    }


def _measure(plan: Plan, cores: Cores, seconds: float, url: str | None, batch: int | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="liveroom-bench-") as directory, pinned(cores.server):
        in_flight = plan.in_flight if batch is None else min(plan.in_flight, 64)
        options: list[object] = ["--directory", directory, "--claims", plan.claims]
        options += ["--seconds", seconds, "--in-flight", in_flight]
        options += ["--url", url] if url is not None else []
        options += ["--batch", batch] if batch is not None else []
        options += ["--shuffled"] if plan.shuffled else []
        return run_module("loadtests.inside.claims", options, TIMEOUT_S)


def _is_right(figures: dict[str, Any]) -> bool:
    """Everybody was granted one, and as many are in the database."""
    return all(each["outcomes"] == {"granted": each["kept"]} for each in (figures, figures["one_by_one"]))
