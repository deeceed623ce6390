"""A gate that was never seen red is none: the load test finds each planted fault and believes a server without one.

The runs take some seconds each and little of the machine, so they are made beside each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.load.small_load import Outcome, run_planted

FAULTS = ("none", "stall", "lose", "double", "swap", "forget", "likes", "refuse")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcome]]]:
    """A run for each fault, under way."""
    with ThreadPoolExecutor(4) as pool:
        made = {fault: pool.submit(run_planted, fault, tmp_path_factory.mktemp(fault)) for fault in FAULTS}
        made["starved"] = pool.submit(run_planted, "none", tmp_path_factory.mktemp("starved"), starved=True)
        made["two workers"] = pool.submit(run_planted, "none", tmp_path_factory.mktemp("workers"), workers=2)
        yield made


def test_a_server_without_fault_holds(runs: dict[str, Future[Outcome]]) -> None:
    run = runs["none"].result()
    assert run.code == 0, run.failures()
    kinds = {line["kind"] for line in run.report["latency"]}
    assert kinds == {"comment", "question", "like", "join", "welcome", "resume"}
    assert run.report["completeness"]["faults"] == {}
    assert run.report["completeness"]["expected"] > 1000
    assert {path.name for path in run.directory.iterdir()} >= {"report.html", "report.json", "report.csv", "junit.xml"}


def test_a_planted_delay_is_too_slow(runs: dict[str, Future[Outcome]]) -> None:
    run = runs["stall"].result()
    assert run.code == 1, run.failures()
    assert "comment, p99" in run.failures()


def test_refusals_above_the_share_are_told_as_such(runs: dict[str, Future[Outcome]]) -> None:
    run = runs["refuse"].result()
    assert run.code == 1, run.failures()
    assert any("refused or unanswered" in name for name in run.failures())


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("lose", "lost"),
        ("double", "doubled"),
        ("swap", "reordered"),
        ("forget", "acked and not shown"),
        ("likes", "likes doubled"),
    ],
)
def test_a_planted_wrong_is_wrong(fault: str, found: str, runs: dict[str, Future[Outcome]]) -> None:
    run = runs[fault].result()
    assert run.code == 2, run.failures()
    assert int(run.failures()[found]) > 0
    assert set(run.report["completeness"]["faults"]) == {found}


def test_a_starved_generator_is_no_verdict_on_the_server(runs: dict[str, Future[Outcome]]) -> None:
    run = runs["starved"].result()
    assert run.code == 3, run.failures()
    assert any("behind the plan" in name for name in run.failures())


def test_two_workers_make_one_result(runs: dict[str, Future[Outcome]]) -> None:
    run = runs["two workers"].result()
    assert run.code == 0, run.failures()
    assert run.report["attendance"]["workers_counted"] == len(run.report["generator"]["workers"]) == 2
    one = runs["none"].result().report["sends"]
    planned = {kind: sends["planned"] for kind, sends in run.report["sends"].items()}
    assert planned == {kind: sends["planned"] for kind, sends in one.items()}, "the plan does not depend on workers"
