"""A run that is ended from outside leaves no live room, no campaign and no gift on the deployment."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from loadtests.bench.machine import Cores
from loadtests.drive.locust_run import LocustRun
from loadtests.drive.own_server import run_liveroom
from loadtests.gate.judge import INVALID
from tests.load.small_load import write_slo

WITHIN_S = 120.0


def read(host: str, key: str, path: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    asked = urllib.request.Request(f"{host}/api/v1{path}", headers=headers)  # noqa: S310 - our own server
    with urllib.request.urlopen(asked, timeout=WITHIN_S) as answer:  # noqa: S310
        return json.loads(answer.read())


@pytest.mark.parametrize("numbers", [(signal.SIGTERM,), (signal.SIGINT, signal.SIGTERM)])
def test_a_run_that_is_ended_by_a_signal_leaves_nothing(numbers: tuple[signal.Signals, ...], tmp_path: Path) -> None:
    """The second is what a terminal and `liveroom loadtest` send together."""
    core = min(os.sched_getaffinity(0))
    with run_liveroom(100, Cores(core, core)) as (host, secrets):
        run = LocustRun(host, "small", tmp_path / "results", slo=write_slo(tmp_path), secrets=secrets)
        process = subprocess.Popen(run.arguments(), env=run._environment(), stdout=subprocess.DEVNULL)

        def list_live() -> list[str]:
            rooms = [each["room"] for each in read(host, secrets["LOADTEST_API_KEY"], "/rooms")["rooms"]]
            return [room["id"] for room in rooms if room["id"].startswith("lt-") and room["status"] == "live"]

        try:
            until_s = time.monotonic() + WITHIN_S
            while len(list_live()) < 2 or not is_given(host):
                assert time.monotonic() < until_s
                time.sleep(0.1)
            for number in numbers:
                process.send_signal(number)
            assert process.wait(WITHIN_S) == INVALID
        finally:
            process.kill()
            process.wait()
        assert list_live() == []
        assert not is_given(host)


def is_given(host: str) -> bool:
    """Whether the gift of the load test is on the shelf."""
    with urllib.request.urlopen(f"{host}/api/v1/gifts", timeout=WITHIN_S) as answer:  # noqa: S310 - our own server
        return any(gift["id"] == "loadtest" and gift["status"] == "on" for gift in json.loads(answer.read())["gifts"])
