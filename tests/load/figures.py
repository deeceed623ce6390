"""Figures of a run that held, to be spoilt one at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from loadtests.gate.figures import Attendance, Figures, Line, MachineHealth, WorkerHealth
from loadtests.plan.kinds import ACTS
from loadtests.plan.profiles import Profile, Slo, read_slo
from loadtests.record.latency import Latency
from loadtests.record.sends import Sends
from loadtests.record.series import Series

SLO: Slo = read_slo()
PROFILE: Profile = SLO.find("ci")


def make_figures(**spoilt: Any) -> Figures:
    """A run in which everything held, but for what is named."""
    series = Series()
    lines = []
    for kind in ACTS.values():
        series.at(kind, "each", 3).add_ns(40_000_000, 1000)
        lines += [make_line(kind, name) for name in ("each", "last")]
    figures = Figures(
        attendance=Attendance(2, 2, 100, 100),
        lines=tuple(lines),
        sends={kind: Sends(2000, 2000, 2100, 2100, Counter(), Latency([(1, 2000)]), 2000) for kind in ACTS.values()},
        due=dict.fromkeys(ACTS.values(), 2000),
        expected=100_000,
        faults={},
        healths=(WorkerHealth("one", 0.5, 5.0, 50.0, 0.0), WorkerHealth("two", 0.5, 5.0, 50.0, 0.0)),
        machines=(MachineHealth("here", 2, 0.5),),
        send_lag_p99_ms=2.0,
        series=series,
        receipts=100_000,
        calibration_p99_ms=30.0,
    )
    return replace(figures, **spoilt)


def make_line(kind: str = "comment", series: str = "each", **spoilt: Any) -> Line:
    """A fast one, but for what is named."""
    return replace(Line(kind, series, 20_000, 10.0, 20.0, 40.0, 80.0, 90.0, 50.0), **spoilt)
