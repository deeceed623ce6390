"""A whole load test as asked for on the command line: server if need be, calibration, one run or a climb."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from loadtests.bench.machine import Cores, find_other_cores, pick_cores
from loadtests.bench.progress import Progress
from loadtests.drive.calibrate import MEASURED, calibrate
from loadtests.drive.errors import LoadtestFailed
from loadtests.drive.knee import Ascent, Came, climb
from loadtests.drive.knee_page import draw_knee
from loadtests.drive.locust_run import LocustRun
from loadtests.drive.own_server import run_liveroom
from loadtests.gate.judge import MEANING
from loadtests.plan.changes import Changes
from loadtests.plan.crowd import count_users
from loadtests.plan.kinds import EACH, LAST
from loadtests.plan.profiles import Profile, read_slo

SPARE_CONNECTIONS: Final = 500


@dataclass(frozen=True, slots=True)
class Session:
    """What was asked for."""

    host: str | None
    """None: start a server of our own."""
    profile: str
    workers: int | None
    seed: int
    results: Path
    slo: Path | None
    calibrated: bool
    command: str
    quiet: bool = False
    changes: Changes = field(default_factory=Changes)

    def perform(self) -> int:
        """Do it; the exit code.

        Raises:
            BenchError: no server came about.
            LoadtestFailed: no run did, or there are more workers than cores for them.
            ProfileRefused: there is no such profile.
        """
        progress = Progress(self.quiet)
        profile = self.changes.apply(read_slo(self.slo).find(self.profile))
        cores = pick_cores()
        usable = find_other_cores(cores.server) if self.host is None else frozenset(os.sched_getaffinity(0))
        workers = self.workers or profile.workers
        if workers > len(usable):
            beside = "" if self.host is not None else " beside the server's"
            raise LoadtestFailed(f"{workers} workers need a core each; there are {len(usable)}{beside}")
        run = LocustRun(
            host="",
            profile=self.profile,
            results=self.results,
            seed=self.seed,
            workers=workers,
            slo=self.slo,
            changes=self.changes,
            command=self.command,
            cores=usable if self.host is None else frozenset(),
            silent=self.quiet,
        )
        if profile.climb:
            return self._climb(run, profile, cores, progress)
        return self._perform_one(run, profile, cores, progress)

    def _perform_one(self, run: LocustRun, profile: Profile, cores: Cores, progress: Progress) -> int:
        added_ms = None
        if self.calibrated and profile.calibrate_s and MEASURED[0] not in profile.acts:
            progress.tell("not calibrated: that measures comments, and there are none")
        elif self.calibrated and profile.calibrate_s:
            progress.tell(f"calibrating for {profile.calibrate_s:g} s against a server that does nothing")
            added_ms = calibrate(run, profile.calibrate_s, cores)
            progress.tell(f"the generator itself adds {added_ms} ms at p99")
        with self._reach(profile, cores) as (host, secrets):
            progress.tell(f"{self.profile}: {profile.says}; at {host}")
            return replace(run, host=host, secrets=secrets, calibration_p99_ms=added_ms).perform()

    @contextmanager
    def _reach(self, profile: Profile, cores: Cores) -> Iterator[tuple[str, Mapping[str, str]]]:
        """The deployment; secrets of a foreign one are in the environment already."""
        if self.host is not None:
            yield self.host, {}
            return
        with run_liveroom(sum(count_users(profile).values()) + SPARE_CONNECTIONS, cores) as reached:
            yield reached

    def _climb(self, run: LocustRun, profile: Profile, cores: Cores, progress: Progress) -> int:
        def run_step(changes: Changes, name: str) -> Came:
            progress.tell(f"step {name}")
            changed = changes.apply(profile)
            both = self.changes.model_copy(update=changes.model_dump(include={"lurkers", "rates"}))
            step = replace(run, changes=both, results=self.results / name)
            with self._reach(changed, cores) as (host, secrets):
                code = replace(step, host=host, secrets=secrets).perform()
            report = step.read_report()
            return Came(code, _find_meaning(report, code), *(_find_p99(report, series) for series in (EACH, LAST)))

        ascents = [climb(profile, plan, run_step) for plan in profile.climb]
        for ascent in ascents:
            progress.tell(ascent.says)
        self._write_knee(ascents)
        return max(ascent.exit_code for ascent in ascents)

    def _write_knee(self, ascents: list[Ascent]) -> None:
        self.results.mkdir(parents=True, exist_ok=True)
        knee = [
            {"by": ascent.by, "says": ascent.says, "steps": [asdict(step) for step in ascent.steps]}
            for ascent in ascents
        ]
        (self.results / "knee.json").write_text(json.dumps(knee, indent=2, ensure_ascii=False), encoding="utf-8")
        page = self.results / "knee.html"
        page.write_text(draw_knee(self.profile, ascents, self.command), encoding="utf-8")
        Progress(self.quiet).tell(f"all steps: {page}")


def _find_meaning(report: dict[str, Any], code: int) -> str:
    """What the gate said; where the run did not come to its verdict, that it was not valid."""
    verdict = report["verdict"]
    return str(verdict["meaning"]) if verdict["exit_code"] == code else MEANING[code]


def _find_p99(report: dict[str, Any], series: str) -> float | None:
    """p99 of comments; None when none was measured."""
    lines = (line for line in report["latency"] if (line["kind"], line["series"]) == ("comment", series))
    return next((line["p99_ms"] for line in lines), None)
