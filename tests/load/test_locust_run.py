"""The exit code of Locust's process is believed only with a report that says the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from loadtests.drive.locust_run import LocustRun
from loadtests.gate.judge import INVALID

PROGRAM = """
import json, pathlib, sys
directory = pathlib.Path(sys.argv[1])
if sys.argv[2] != "none":
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "report.json").write_text(json.dumps({"verdict": {"exit_code": int(sys.argv[2])}}))
sys.exit(int(sys.argv[3]))
"""


def perform(monkeypatch: pytest.MonkeyPatch, results: Path, reported: str, exits: int) -> int:
    """A run whose process writes this verdict and exits with that code."""
    command = [sys.executable, "-c", PROGRAM, str(results), reported, str(exits)]
    monkeypatch.setattr(LocustRun, "arguments", lambda self: command)
    return LocustRun("http://h", "smoke", results, silent=True).perform()


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_a_verdict_with_its_report_is_the_exit_code(code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert perform(monkeypatch, tmp_path / "new", str(code), code) == code


@pytest.mark.parametrize(("reported", "exits"), [("none", 0), ("none", 1), ("none", 2), ("0", 1), ("1", 2), ("2", -9)])
def test_a_code_that_no_report_confirms_is_no_verdict(
    reported: str, exits: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert perform(monkeypatch, tmp_path, reported, exits % 256) == INVALID


def test_the_report_of_an_earlier_run_confirms_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps({"verdict": {"exit_code": 1}}), encoding="utf-8")
    assert perform(monkeypatch, tmp_path, "none", 1) == INVALID
