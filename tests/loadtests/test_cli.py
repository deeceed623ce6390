"""The commands say what happened in their exit code, and print JSON that a script can read."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest
from click.testing import CliRunner

from loadtests.bench.cli import bench
from loadtests.bench.crowd import Crowd
from loadtests.bench.errors import ServerFailed
from loadtests.bench.process import find_family
from tests.loadtests.insisting import insist
from tests.loadtests.planted import PlantedPeer

FANOUT = ["fanout", "--viewers", "5", "--rate", "100", "--seconds", "0.5", "--warmup", "0.2", "--quiet"]


@pytest.fixture
def fault(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put a planted server in the place of ours."""
    planted: str = request.param
    monkeypatch.setattr("loadtests.bench.compare.LiveServer", lambda *_: PlantedPeer(planted))
    return planted


@pytest.mark.parametrize(("fault", "code"), [("none", 0), ("lose", 2)], indirect=["fault"])
def test_loss_is_an_exit_code_of_its_own(fault: str, code: int) -> None:
    result = insist(lambda: CliRunner().invoke(bench, [*FANOUT, "--json"]), lambda result: result.exit_code == code)
    assert result.exit_code == code, result.output
    report = json.loads(result.stdout)
    assert report["correct"] is (fault == "none")
    assert report["command"].startswith("liveroom")


@pytest.mark.parametrize("fault", ["none"], indirect=True)
def test_a_generator_that_could_not_keep_its_plan_says_so(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.bench.verdict.GENERATOR_CPU_LIMIT", -1.0)
    result = CliRunner().invoke(bench, FANOUT)
    assert result.exit_code == 3
    assert "the generator was the limit" in result.stderr
    assert f"{fault}" not in result.stderr


@pytest.mark.parametrize("fault", ["none"], indirect=True)
def test_the_table_has_a_line_for_liveroom_and_each_peer(fault: str) -> None:
    command = [*FANOUT, "--peers", "websockets"]
    result = insist(lambda: CliRunner().invoke(bench, command), lambda result: result.exit_code == 0)
    assert result.exit_code == 0, result.output
    names = [line.split()[0] for line in result.stdout.splitlines() if line]
    assert {"liveroom", "websockets"} <= set(names)


def test_a_server_that_does_not_start_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise ServerFailed("the server ended with code 1. Its log: no port")

    monkeypatch.setattr("loadtests.bench.compare.LiveServer", fail)
    result = CliRunner().invoke(bench, FANOUT)
    assert result.exit_code == 1
    assert "no result: the server ended with code 1" in result.stderr


def test_an_unknown_peer_is_named() -> None:
    result = CliRunner().invoke(bench, ["fanout", "--peers", "fastapi,nobody"])
    assert result.exit_code == 2
    assert "there is no peer nobody" in result.stderr


@pytest.mark.parametrize("fault", ["none"], indirect=True)
def test_a_run_that_is_terminated_leaves_no_server_behind(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    # Other tests of this process may have programs of their own running.
    before = set(find_family(os.getpid()))

    def terminate(crowd: Crowd, seconds: float) -> None:
        started.extend(set(find_family(os.getpid())) - before)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(Crowd, "idle", terminate)
    result = CliRunner().invoke(bench, FANOUT)
    assert result.exit_code == 128 + signal.SIGTERM
    assert started
    assert not set(started) & set(find_family(os.getpid()))
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
