"""The command never mistakes its own misuse for a verdict, and keeps secrets off command lines."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from liveroom.server.cli import main
from loadtests.cli import loadtest
from loadtests.drive.calibrate import NO_SECRETS
from loadtests.drive.locust_run import LocustRun
from loadtests.drive.session import Session
from loadtests.gate.judge import INVALID
from loadtests.line.address import find_address
from loadtests.plan.changes import Changes
from loadtests.target.passes import Passes, read_passes


@pytest.mark.parametrize(
    "arguments",
    [
        ["--profil", "ci"],
        ["--workers", "none"],
        ["--workers", "0"],
        ["--without", "sleep"],
        ["--profile", "none"],
        ["surplus"],
    ],
)
def test_misuse_is_not_a_verdict(arguments: list[str]) -> None:
    assert CliRunner().invoke(loadtest, arguments).exit_code == INVALID


def test_profiles_are_listed() -> None:
    result = CliRunner().invoke(main, ["loadtest", "--profiles"])
    assert result.exit_code == 0
    assert {line.split()[0] for line in result.stdout.splitlines()} >= {"smoke", "ci", "slo", "herd", "step", "soak"}


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_verdict_is_the_exit_code(code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Session, "perform", lambda *_: code)
    assert CliRunner().invoke(loadtest, ["--results", str(tmp_path)]).exit_code == code


def test_secrets_are_in_the_environment_alone() -> None:
    run = LocustRun("http://h", "ci", Path("r"), secrets={"LIVEROOM_SECRET": "very-secret"}, changes=Changes(rates=2))
    assert "very-secret" not in " ".join(run.arguments())
    assert "very-secret" not in repr(run)
    assert run._environment()["LIVEROOM_SECRET"] == "very-secret"


def test_a_server_that_asks_for_nothing_gets_nothing() -> None:
    assert read_passes(NO_SECRETS).make("u") is None
    assert Passes("s" * 32).make("u") is not None


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("http://127.0.0.1:8000", ("127.0.0.1", 8000, "/ws", False)),
        ("https://live.example.org/", ("live.example.org", 443, "/ws", True)),
        ("https://example.org/live", ("example.org", 443, "/live/ws", True)),
    ],
)
def test_the_websocket_is_found_beside_the_address(host: str, expected: tuple[Any, ...]) -> None:
    address = find_address(host, "/ws")
    assert (address.host, address.port, address.path, address.secure) == expected


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="write it as https"):
        find_address("localhost:8000", "/ws")


def test_a_run_that_is_told_to_end_leaves_no_server_behind(tmp_path: Path) -> None:
    """SIGTERM, as from a build server whose time is up."""
    command = [sys.executable, "-m", "liveroom.server", "loadtest", "--profile", "smoke", "--results", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stderr is not None
        while b"filling" not in run.stderr.readline():
            assert run.poll() is None
        begun = psutil.Process(run.pid).children(recursive=True)
        run.terminate()
        _, told = run.communicate(timeout=120)
    assert run.returncode == 3
    assert b"ended before its verdict" in told
    assert len(begun) > 1, "a server and a generator"
    _, left = psutil.wait_procs(begun, timeout=60)
    assert not left
