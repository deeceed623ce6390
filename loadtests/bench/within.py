"""Runs a measurement that needs no server, in a process of its own, and reads what it prints."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from loadtests.bench.errors import BenchError

_REPOSITORY: Final = Path(__file__).parents[2]


def run_module(module: str, options: Sequence[object], timeout_s: float) -> dict[str, Any]:
    """The JSON object that a module prints.

    Args:
        options: of its command line.

    Raises:
        BenchError: it failed, or took longer than `timeout_s`.
    """
    command = [sys.executable, "-m", module, *map(str, options)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=_REPOSITORY)
    except subprocess.TimeoutExpired:
        raise BenchError(f"{module} did not end within {timeout_s:g} s") from None
    if done.returncode:
        raise BenchError(f"{module} failed: {done.stderr.strip().splitlines()[-1:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
