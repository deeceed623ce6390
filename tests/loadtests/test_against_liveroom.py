"""Each benchmark runs through against the real server and finds it correct."""

from __future__ import annotations

from typing import Any

import pytest

from loadtests.bench import connections, ingest, joins, nodes
from loadtests.bench.compare import run_fanout
from loadtests.bench.fanout import Load
from loadtests.bench.progress import Progress
from tests.loadtests.insisting import insist

QUIET = Progress(quiet=True)


def is_correct(report: dict[str, Any]) -> bool:
    """What each benchmark says of itself."""
    return bool(report["correct"])


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joins, "WARMUP_S", 0.2)
    monkeypatch.setattr(joins, "STAY_S", 2.5)
    monkeypatch.setattr(ingest, "WARMUP_S", 0.2)
    monkeypatch.setattr(connections, "_SETTLE_S", 0.2)


def test_fanout_reaches_every_viewer_once_and_in_order() -> None:
    report = insist(lambda: run_fanout(Load(50, 200, 1, 0.3, 500, 1), 4, (), QUIET), is_correct)
    assert report["correct"], report
    assert report["delivered"] == report["expected"] == report["sends"] * 50
    assert report["answers"] == report["sends"]
    assert report["refusals"] == report["notices"] == report["closed"] == {}
    assert report["frames_per_delivery"] <= 1


def test_every_newcomer_is_answered_welcomed_and_given_a_card() -> None:
    report = insist(lambda: joins.run(joins.Plan(60, 1, 5, 10, 1), QUIET), is_correct)
    assert report["correct"], report
    assert report["joins"] == report["answered"] > 60
    assert report["without_welcome"] == report["without_card"] == 0
    counts = {report[name]["count"] for name in ("join_answer", "welcome_after_answer", "value_card_after_answer")}
    assert len(counts) == 1


def test_every_command_is_answered() -> None:
    report = insist(lambda: ingest.run(ingest.Plan(4, 2, 8, 0.5, 1), QUIET), is_correct)
    assert report["correct"], report
    for kind in ingest.TYPES:
        figures: dict[str, Any] = report["commands"][kind]
        assert figures["commands_per_s"] > 100
        assert report["ratios"][kind] > 0


def test_two_nodes_reach_every_viewer_once_and_in_order() -> None:
    report = insist(lambda: nodes.run(nodes.Plan(Load(30, 100, 1, 0.3, 500, 1), 0.2), QUIET), is_correct)
    assert report["correct"], report
    assert report["node_b"]["delivered"] == report["node_b"]["expected"] == report["node_a"]["delivered"] > 0
    assert report["publishes_per_s"] > 50
    for key in ("one_node_p99_ms", "two_node_p99_ms"):
        assert 0 < report[key] < 5_000


def test_silent_viewers_stay() -> None:
    report = insist(lambda: connections.run(connections.Plan(40, 0.5, 500, 1), QUIET), is_correct)
    assert report["correct"], report
    assert report["still_connected"] == 40
    assert report["bytes_per_connection"] < 200_000
