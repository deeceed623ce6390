"""The word filter: what a comment costs against a long list, alone on one core, without a server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from loadtests.bench.compare import describe_run
from loadtests.bench.machine import describe_machine, pick_cores, pinned
from loadtests.bench.progress import Progress
from loadtests.bench.within import run_module

TIMEOUT_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the list is, and how many comments are looked at."""

    words: int
    comments: int
    seed: int


def run(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure, and return the report. Raises BenchError."""
    cores = pick_cores()
    progress.tell(f"{plan.comments} comments against {plan.words} words on core {cores.server}")
    with pinned(cores.server):
        figures = _measure(plan)
    return {
        **figures,
        # A list that finds nothing, or everything, measures something else.
        "correct": 0 < figures["found"] < plan.comments / 2,
        "generator_was_the_limit": False,
        "generator_limits": [],
        **describe_run(plan.seed, cores, describe_machine()),
    }


def _measure(plan: Plan) -> dict[str, Any]:
    options = ("--words", plan.words, "--comments", plan.comments, "--seed", plan.seed)
    return run_module("loadtests.inside.words", options, TIMEOUT_S)
