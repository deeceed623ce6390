"""What the generator itself adds: the same users and the same load against a server that does next to nothing.

Its time to write to everybody is in it, so the figure is a little too high; it can only turn a run invalid, never
make one look good. Its verdict is not asked for: the trivial server has no rules, so it may well be wrong.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from loadtests.bench.machine import Cores
from loadtests.drive.errors import LoadtestFailed
from loadtests.drive.locust_run import LocustRun
from loadtests.drive.own_server import run_trivial

MEASURED: Final = ("comment", "each")
NO_SECRETS: Final = {"LIVEROOM_SECRET": "", "LOADTEST_API_KEY": "", "LIVEROOM_METRICS_TOKEN": ""}


def calibrate(run: LocustRun, seconds: float, cores: Cores) -> float:
    """Measure for this run.

    Args:
        run: what will be run.
        seconds: length of the window.
        cores: the trivial server is bound to the server's.

    Returns:
        p99 of comments in ms.

    Raises:
        BenchError: the trivial server did not start.
        LoadtestFailed: no run came about, or it measured no comment.
    """
    with tempfile.TemporaryDirectory(prefix="liveroom-calibration-") as directory, run_trivial(cores) as host:
        changes = run.changes.model_copy(update={"seconds": seconds})
        trial = replace(run, host=host, results=Path(directory), changes=changes, secrets=NO_SECRETS, silent=True)
        trial.perform()
        report = trial.read_report()
    found = [line["p99_ms"] for line in report["latency"] if (line["kind"], line["series"]) == MEASURED]
    if not found:
        raise LoadtestFailed(f"the calibration measured no comment; it was {report['verdict']['meaning']}")
    return float(found[0])
