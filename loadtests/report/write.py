"""Writes the files of a report into one directory."""

from __future__ import annotations

from pathlib import Path

from loadtests.report.data import write_json
from loadtests.report.junit import write_junit
from loadtests.report.page import draw_page
from loadtests.report.result import Result
from loadtests.report.table import write_lines, write_slots


def write_report(result: Result, directory: Path) -> Path:
    """Write `report.html`, `.json`, `.csv`, `timeline.csv` and `junit.xml`; the path of the page."""
    directory.mkdir(parents=True, exist_ok=True)
    page = directory / "report.html"
    page.write_text(draw_page(result), encoding="utf-8")
    (directory / "report.json").write_bytes(write_json(result))
    (directory / "report.csv").write_text(write_lines(result.figures), encoding="utf-8")
    (directory / "timeline.csv").write_text(write_slots(result.figures), encoding="utf-8")
    (directory / "junit.xml").write_text(write_junit(result), encoding="utf-8")
    return page
