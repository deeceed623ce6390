"""One run of Locust as a process of its own: its command line, its surroundings, its end.

gevent changes the standard library of the process it is in, so it never comes into one of ours.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from loadtests.bench.machine import allow_files, pinned
from loadtests.bench.servers import find_port
from loadtests.drive.errors import LoadtestFailed
from loadtests.gate.judge import INVALID, MEANING
from loadtests.plan.changes import Changes
from loadtests.plan.crowd import count_standing
from loadtests.plan.profiles import read_slo

LOCUSTFILE: Final = Path(__file__).resolve().parent.parent / "locustfile.py"
SPARE_S: Final = 240.0
"""A run that lasts so much longer than its plan hangs; it is ended and not valid."""
_STOP_S: Final = 75.0
"""To take off the server what the run has made there."""
_FILES_PER_WORKER: Final = 300


@dataclass(frozen=True, slots=True)
class LocustRun:
    """What to run, and against what."""

    host: str
    profile: str
    results: Path
    seed: int = 1
    workers: int = 1
    slo: Path | None = None
    changes: Changes = field(default_factory=Changes)
    command: str = ""
    calibration_p99_ms: float | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables for the process alone: they are on no command line."""
    cores: frozenset[int] = frozenset()
    """Those it is bound to, its workers together; empty: any."""
    locustfile: Path = LOCUSTFILE
    silent: bool = False
    """Nothing on the terminal."""

    def arguments(self) -> list[str]:
        """The command line of Locust."""
        found = [
            *(sys.executable, "-m", "locust", "-f", str(self.locustfile), "--headless", "--skip-log-setup"),
            *("--host", self.host, "--load", self.profile, "--load-seed", str(self.seed)),
            *("--load-results", str(self.results), "--load-changes", self.changes.as_json()),
            *("--load-command", self.command),
        ]
        if self.slo is not None:
            found += ["--load-slo", str(self.slo)]
        if self.calibration_p99_ms is not None:
            found += ["--load-calibration-ms", str(self.calibration_p99_ms)]
        if self.workers > 1:
            port = str(find_port())
            found += ["--processes", str(self.workers), "--master-bind-host", "127.0.0.1"]
            found += ["--master-bind-port", port, "--master-port", port]
        return found

    def perform(self) -> int:
        """Run to the end; the exit code of the gate. Raises LoadtestFailed."""
        if importlib.util.find_spec("locust") is None:
            raise LoadtestFailed("this needs Locust: pip install 'liveroom[loadtest]'")
        profile = self.changes.apply(read_slo(self.slo).find(self.profile))
        allow_files(count_standing(profile) + _FILES_PER_WORKER)
        limit_s = profile.end_s + count_standing(profile) / profile.spawn_per_s + SPARE_S
        if not self.cores:
            return self._spawn(limit_s)
        with pinned(*self.cores):
            return self._spawn(limit_s)

    def _spawn(self, limit_s: float) -> int:
        # One of an earlier run says nothing about this one.
        self._report.unlink(missing_ok=True)
        # Its tables are in our report; what the run has to say to people is on stderr.
        process = subprocess.Popen(
            self.arguments(),
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if self.silent else None,
        )
        try:
            code = process.wait(limit_s)
        except subprocess.TimeoutExpired as error:
            raise LoadtestFailed(f"the run did not end in {limit_s:.0f} s and was stopped") from error
        finally:
            _stop(process)
        return code if code in MEANING and self._has_reported(code) else INVALID

    @property
    def _report(self) -> Path:
        return self.results / "report.json"

    def _has_reported(self, code: int) -> bool:
        """Whether there is a report with this verdict: Python and Locust exit with 1 and 2 for reasons of their own."""
        try:
            return bool(json.loads(self._report.read_text(encoding="utf-8"))["verdict"]["exit_code"] == code)
        except (OSError, ValueError, KeyError):
            return False

    def _environment(self) -> dict[str, str]:
        path = [str(LOCUSTFILE.parent.parent), os.environ.get("PYTHONPATH", "")]
        return {**os.environ, **self.secrets, "PYTHONPATH": os.pathsep.join(filter(None, path))}

    def read_report(self) -> dict[str, Any]:
        """What the run wrote. Raises LoadtestFailed."""
        try:
            report: dict[str, Any] = json.loads(self._report.read_text(encoding="utf-8"))
        except OSError as error:
            raise LoadtestFailed("the run wrote no report; what it said is above") from error
        return report


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
