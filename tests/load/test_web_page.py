"""«Start» on Locust's page leads to a verdict, also after «Stop» and with another profile."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loadtests.bench.machine import Cores
from loadtests.bench.servers import accepts, find_port
from loadtests.drive.calibrate import NO_SECRETS
from loadtests.drive.locust_run import LOCUSTFILE
from loadtests.drive.own_server import run_trivial
from tests.load.small_load import HERE, write_slo

WITHIN_S = 120.0
TRIES = 3
"""A server without a fault is found so, unless the machine stood still meanwhile."""
FEW = """
[profile.few]
says = "comments alone"
rooms = 1
lurkers = 2
spawn_per_s = 100
warmup_s = 0.5
seconds = 60
acts.comment = { users = 2, per_s = 2, floor = 1 }
"""


class Page:
    """Locust with its web page, and its form."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._root = f"http://127.0.0.1:{port}"

    def ask(self, path: str, form: dict[str, str] | None = None) -> str:
        body = None if form is None else urllib.parse.urlencode(form).encode()
        with urllib.request.urlopen(self._root + path, body, timeout=WITHIN_S) as answer:  # noqa: S310 - our own process
            text: str = answer.read().decode()
        return text

    def list_fields(self) -> list[str]:
        """What the form asks for beside Locust's own fields."""
        found = re.search(r"window\.templateArgs = (\{.*\})", self.ask("/"))
        assert found is not None
        return list(json.loads(found[1])["extra_options"])

    def start(self, **filled: str) -> None:
        """Every field there is, empty unless it is named here."""
        fields = dict.fromkeys([*self.list_fields(), "run_time", "profile"], "")
        answer = json.loads(self.ask("/swarm", fields | filled))
        assert answer["success"], answer

    def wait_for(self, what: Any) -> None:
        assert self.comes_to(what, WITHIN_S)

    def comes_to(self, what: Any, within_s: float) -> bool:
        until_s = time.monotonic() + within_s
        while not what():
            assert self.process.poll() is None
            if time.monotonic() > until_s:
                return False
            time.sleep(0.1)
        return True

    def count_workers(self) -> int:
        """Those that wait for a run; none where the process does everything itself."""
        workers = json.loads(self.ask("/stats/requests")).get("workers", ())
        return sum(worker["state"] == "ready" for worker in workers)

    def count_users(self) -> int:
        return int(json.loads(self.ask("/stats/requests"))["user_count"])


@pytest.fixture(params=[1, 2])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Page]:
    """Waits for «Start» with one process or with two workers, against a server without a fault."""
    core, port = min(os.sched_getaffinity(0)), find_port()
    with run_trivial(Cores(core, core), (str(HERE / "planted_server.py"), "none")) as host:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--host", host, "--skip-log-setup"]
        if request.param > 1:
            own = str(find_port())
            command += ["--processes", str(request.param), "--master-bind-host", "127.0.0.1"]
            command += ["--master-bind-port", own, "--master-port", own]
        path = os.pathsep.join(filter(None, (str(LOCUSTFILE.parent.parent), os.environ.get("PYTHONPATH", ""))))
        process = subprocess.Popen(
            [*command, "--web-host", "127.0.0.1", "--web-port", str(port)],
            env={**os.environ, **NO_SECRETS, "PYTHONPATH": path},
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
        )
        page = Page(port, process)
        try:
            page.wait_for(lambda: accepts(port))
            # The page is there before its workers, and a run begins with those that have come.
            page.wait_for(lambda: page.count_workers() == (request.param if request.param > 1 else 0))
            yield page
        finally:
            process.terminate()
            try:
                process.wait(WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_a_run_from_the_page_comes_to_its_verdict(page: Page, tmp_path: Path) -> None:
    slo = write_slo(tmp_path)
    slo.write_text(slo.read_text(encoding="utf-8") + FEW, encoding="utf-8")
    report = tmp_path / "loadtest-results" / "report.json"
    assert {"load", "load_seed"} <= set(page.list_fields())
    assert not {"load_changes", "load_command", "load_calibration_ms"} & set(page.list_fields())

    for _ in range(TRIES):
        page.start(load="few", load_slo=str(slo))
        are_in = page.comes_to(lambda: page.count_users() == 5, WITHIN_S / TRIES)
        page.ask("/stop", {})
        page.wait_for(lambda: page.count_users() == 0)
        if are_in:  # a worker that had no processor for three seconds is taken for lost, and the run for ended
            break
    assert are_in
    assert not report.exists()

    for _ in range(TRIES):
        report.unlink(missing_ok=True)
        page.start(load="small", load_slo=str(slo))
        page.wait_for(report.exists)
        page.wait_for(lambda: page.count_users() == 0)
        told = json.loads(report.read_text(encoding="utf-8"))
        if told["verdict"]["exit_code"] == 0:
            break
    assert told["verdict"]["exit_code"] == 0, [check for check in told["checks"] if not check["held"]]
    assert told["attendance"]["users_joined"] == told["attendance"]["users_wanted"] > 40

    page.process.terminate()
    assert page.process.wait(WITHIN_S) == 0
