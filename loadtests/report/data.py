"""The report as JSON: every figure, every check, and the raw histograms, so that nothing has to be measured again.

Key names are a promise to scripts; new ones may be added.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import orjson

from loadtests.report.result import Result
from loadtests.report.server_plots import STAGES, WHOLE, list_stages


def write_json(result: Result) -> bytes:
    """The whole report."""
    return orjson.dumps(describe(result), option=orjson.OPT_INDENT_2)


def describe(result: Result) -> dict[str, Any]:
    """The report as plain data; what was not measured is null."""
    figures = result.figures
    return {
        "verdict": {"exit_code": result.verdict.code, "meaning": result.verdict.says},
        "run": result.facts.as_dict() | {"shape": result.profile.shape},
        "profile": result.profile.model_dump(),
        "checks": [asdict(check) for check in result.verdict.checks],
        "latency": [_without_nan(asdict(line)) for line in figures.lines],
        "completeness": {"expected": figures.expected, "faults": figures.faults, "receipts": figures.receipts},
        "sends": {kind: sends.pack() for kind, sends in figures.sends.items()},
        "attendance": asdict(figures.attendance),
        "generator": {
            "workers": [_without_nan(asdict(health)) for health in figures.healths],
            "machines": [_without_nan(asdict(machine)) for machine in figures.machines],
            "send_lag_p99_ms": figures.send_lag_p99_ms,
            "calibration_p99_ms": figures.calibration_p99_ms,
        },
        "server_view": [asdict(view) | {"differs": view.differs, "says": view.says} for view in result.views],
        "memory_growth": None if result.growth is None else asdict(result.growth),
        "server_stages": [
            {"stage": says, "times": count, "p50_ms": round(p50, 3), "p99_ms": round(p99, 3)}
            for says, count, p50, p99 in list_stages(result.samples, (*STAGES, *WHOLE))
        ],
        "slot_s": figures.series.slot_s,
        "histograms": list(figures.series.rows()),
    }


def _without_nan(values: dict[str, Any]) -> dict[str, Any]:
    return {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in values.items()}
