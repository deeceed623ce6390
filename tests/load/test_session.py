"""Every process of the generator has a core, and none of them the server's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from loadtests.bench.machine import find_other_cores, pinned
from loadtests.drive import calibrate as calibration
from loadtests.drive import session as sessions
from loadtests.drive.errors import LoadtestFailed
from loadtests.drive.locust_run import LocustRun
from loadtests.drive.session import Session
from loadtests.plan.changes import Changes


@contextmanager
def run_nothing(*_: Any) -> Iterator[tuple[str, dict[str, str]]]:
    yield "http://127.0.0.1:1", {}


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[LocustRun]:
    """The runs that a session makes, on a machine of four cores."""
    made: list[LocustRun] = []

    def perform(self: LocustRun) -> int:
        made.append(self)
        return 0

    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    monkeypatch.setattr(sessions, "run_liveroom", run_nothing)
    monkeypatch.setattr(LocustRun, "perform", perform)
    return made


def perform(workers: int, host: str | None = None) -> int:
    return Session(host, "smoke", workers, 1, Path("r"), None, False, "", quiet=True).perform()


def test_workers_share_all_cores_but_the_servers(made: list[LocustRun]) -> None:
    perform(3)
    assert (made[0].workers, made[0].cores) == (3, {1, 2, 3})
    perform(4, host="https://live.example.org")
    assert made[1].cores == frozenset(), "a server that is elsewhere takes none"


@pytest.mark.parametrize(
    ("latency", "found"), [([{"kind": "comment", "series": "each", "p99_ms": 31.0}], 31.0), ([], None)]
)
def test_a_calibration_that_measured_nothing_is_no_run(
    latency: list[dict[str, Any]], found: float | None, made: list[LocustRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    report = {"latency": latency, "verdict": {"meaning": "not valid: workers that counted"}}
    monkeypatch.setattr(calibration, "run_trivial", lambda cores: nullcontext("http://127.0.0.1:1"))
    monkeypatch.setattr(LocustRun, "read_report", lambda self: report)
    session = Session(None, "ci", 1, 1, Path("r"), None, True, "", quiet=True)
    if found is None:
        with pytest.raises(LoadtestFailed, match="measured no comment; it was not valid: workers"):
            session.perform()
        assert len(made) == 1, "the run itself was not made"
    else:
        session.perform()
        assert made[-1].calibration_p99_ms == found


def test_without_comments_there_is_no_calibration(made: list[LocustRun]) -> None:
    Session(None, "ci", 1, 1, Path("r"), None, True, "", True, Changes(without=("comment",))).perform()
    assert [run.calibration_p99_ms for run in made] == [None]


@pytest.mark.parametrize(("workers", "host"), [(4, None), (5, "https://live.example.org")])
def test_more_workers_than_cores_are_no_run(workers: int, host: str | None, made: list[LocustRun]) -> None:
    with pytest.raises(LoadtestFailed, match="need a core each"):
        perform(workers, host)
    assert made == []


def test_a_machine_of_one_core_shares_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert find_other_cores(0) == {0}


def test_a_process_is_bound_to_several_cores_and_let_go_again() -> None:
    before = os.sched_getaffinity(0)
    with pinned(*before):
        assert os.sched_getaffinity(0) == before
    assert os.sched_getaffinity(0) == before
