"""The report says what was judged, in forms that people, scripts and build servers read."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from loadtests.gate.judge import judge
from loadtests.plan.kinds import ACTS
from loadtests.report.facts import Facts
from loadtests.report.page import draw_page
from loadtests.report.plots import Curve, draw_curves, draw_histogram
from loadtests.report.result import Result
from loadtests.report.write import write_report
from tests.load.figures import PROFILE, SLO, make_figures, make_line

FACTS = Facts(
    "ci", 7, "https://x.example", "liveroom loadtest", 2, "2026-01-01T00:00:00+00:00", {"a": "1"}, {"cores": 2}
)
VOID = {"meta", "br"}


class Balance(HTMLParser):
    """Finds tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        """Closed already."""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def make_result(**spoilt: Any) -> Result:
    figures = make_figures(**spoilt)
    return Result(FACTS, PROFILE, figures, judge(figures, SLO, PROFILE))


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_report(make_result(faults={"lost <b>": 2}), tmp_path / "deep" / "results")
    return tmp_path / "deep" / "results"


def test_the_page_is_whole_and_loads_nothing(written: Path) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    balance = Balance()
    balance.feed(page)
    assert balance.open == []
    assert "http://" not in page
    assert "<script" not in page
    assert "lost &lt;b&gt;" in page
    assert "code2" in page


def test_every_check_is_in_the_page_and_in_junit(written: Path) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    suite = ElementTree.fromstring((written / "junit.xml").read_text(encoding="utf-8"))  # noqa: S314 - our own file
    report = json.loads((written / "report.json").read_text(encoding="utf-8"))
    names = [check["name"] for check in report["checks"]]
    assert [case.get("name") for case in suite] == names
    failed = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failed == [check["name"] for check in report["checks"] if not check["held"]] == ["lost <b>"]
    assert all(name.replace("<b>", "&lt;b&gt;") in page for name in names)
    assert report["verdict"]["exit_code"] == 2


def test_raw_histograms_seed_and_command_are_kept(written: Path) -> None:
    report = json.loads((written / "report.json").read_text(encoding="utf-8"))
    assert (report["run"]["seed"], report["run"]["command"]) == (7, "liveroom loadtest")
    assert ["comment", "each", 3, [[40, 1000]]] in report["histograms"]
    lines = list(csv.DictReader(io.StringIO((written / "report.csv").read_text(encoding="utf-8"))))
    assert {line["kind"] for line in lines} == set(ACTS.values())
    slots = list(csv.DictReader(io.StringIO((written / "timeline.csv").read_text(encoding="utf-8"))))
    assert {slot["at_s"] for slot in slots} == {"3"}


def test_a_run_without_any_value_still_has_a_page() -> None:
    page = draw_page(make_result(lines=(), send_lag_p99_ms=500.0))
    assert "Not valid: sends behind the plan, p99" in page


def test_each_kind_is_one_line_at_a_glance_red_where_it_is_too_slow() -> None:
    lines = (
        make_line("gift", "each", p99_ms=700.0),
        make_line("gift", "ack"),
        make_line("seat", "own"),
        make_line("poll", "ack"),
    )
    page = draw_page(make_result(lines=lines))
    glance = page[page.index('class="glance"') : page.index("<h2>")]
    assert glance.count("<tr>") == 1 + 2, "the head, gifts, and polls; a seat that nobody saw is in the table of all"
    assert glance.count('class="over"') == 1
    assert '<td class="n bad">700</td>' in glance


def test_a_curve_is_broken_where_nothing_was_measured() -> None:
    whole = draw_curves([Curve("p99", "high", [(at, 10.0) for at in range(10)])], "ms", log=True)
    broken = draw_curves([Curve("p99", "high", [(at, 10.0) for at in (*range(5), *range(12, 15))])], "ms", log=True)
    assert whole.count("M") == 1
    assert broken.count("M") == 2
    assert "nothing was measured" in draw_curves([], "ms")


def test_a_histogram_keeps_every_value() -> None:
    plot = draw_histogram([(0, 5), (1, 5), (40, 1000), (2010, 1)], limit=600)
    assert plot.count('class="bar"') == 3
    assert 'class="limit"' in plot
    assert "nothing was measured" in draw_histogram([])
