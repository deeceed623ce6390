"""What the generator itself adds: the same users and the same load against a server that does next to nothing.

Its time to write to everybody is in it, so the figure is a little too high; it can only turn a run invalid, never
make one look good.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from loadtests.bench.machine import Cores
from loadtests.drive.locust_run import LocustRun
from loadtests.drive.own_server import run_trivial

MEASURED: Final = ("comment", "each")
NO_SECRETS: Final = {"LIVEROOM_SECRET": "", "LOADTEST_API_KEY": "", "LIVEROOM_METRICS_TOKEN": ""}


def calibrate(run: LocustRun, seconds: float, cores: Cores) -> float | None:
    """Measure for this run.

    Args:
        run: what will be run.
        seconds: length of the window.
        cores: the trivial server is bound to the server's.

    Returns:
        p99 of comments in ms; None when nothing could be measured.

    Raises:
        BenchError: the trivial server did not start.
        LoadtestFailed: no run came about.
    """
    with tempfile.TemporaryDirectory(prefix="liveroom-calibration-") as directory, run_trivial(cores) as host:
        changes = run.changes.model_copy(update={"seconds": seconds})
        trial = replace(run, host=host, results=Path(directory), changes=changes, secrets=NO_SECRETS, silent=True)
        trial.perform()
        latency = trial.read_report()["latency"]
    return next((line["p99_ms"] for line in latency if (line["kind"], line["series"]) == MEASURED), None)
