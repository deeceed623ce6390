"""The word filter: what a comment costs against a long list, alone on one core, without a server."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

from loadtests.bench.compare import describe_run
from loadtests.bench.errors import BenchError
from loadtests.bench.machine import describe_machine, pick_cores, pinned
from loadtests.bench.progress import Progress

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
    command = [sys.executable, "-m", "loadtests.inside.words"]
    wanted = {"--words": plan.words, "--comments": plan.comments, "--seed": plan.seed}
    command += [part for name, value in wanted.items() for part in (name, str(value))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise BenchError(f"the word filter was not measured within {TIMEOUT_S:g} s") from None
    if done.returncode:
        raise BenchError(f"the word filter could not be measured: {done.stderr.strip().splitlines()[-1:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
