"""The whole benchmark, from process to report, finds what is wrong with a server and believes one that is right."""

from __future__ import annotations

import pytest

from loadtests.bench.report import compare
from tests.loadtests.insisting import insist
from tests.loadtests.planted import run_planted

PROMISED = (
    "deliveries_per_s",
    "deliveries_per_cpu_s",
    "p50_ms",
    "p99_ms",
    "p999_ms",
    "lost",
    "bytes_per_connection",
    "generator_cpu",
    "peers",
)


def test_a_server_without_fault_is_believed() -> None:
    report = insist(lambda: run_planted("none"), lambda report: bool(report["correct"]))
    assert report["correct"]
    assert report["lost"] == report["duplicates"] == report["reordered"] == report["holes"] == 0
    assert report["delivered"] == report["expected"] == report["sends"] * 10
    assert 0.4 < report["deliveries_per_s"] / 2000 < 1.6
    assert report["frames_per_delivery"] == 1
    assert set(PROMISED) <= set(report)


@pytest.mark.parametrize(
    ("fault", "counted"), [("lose", "lost"), ("double", "duplicates"), ("swap", "reordered")], ids=str
)
def test_a_planted_fault_is_found_and_counted(fault: str, counted: str) -> None:
    report = insist(lambda: run_planted(fault), lambda report: bool(report[counted] == report["sends"] // 50))
    assert not report["correct"]
    assert report[counted] == report["sends"] // 50


def test_a_planted_delay_shows_in_the_latency() -> None:
    report = insist(lambda: run_planted("delay"), lambda report: bool(report["correct"]))
    assert report["correct"]
    assert report["max_ms"] >= 300


def test_ratios_are_by_cpu_second_and_absent_peers_have_none() -> None:
    own = {"deliveries_per_cpu_s": 1_000_000}
    peers = {"one": {"deliveries_per_cpu_s": 50_000}, "two": {"absent": "node is not installed"}}
    assert compare(own, peers) == {"one": 20.0, "two": None}
