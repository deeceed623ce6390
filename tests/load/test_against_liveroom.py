"""A short run of the whole load test against the real server: everything is answered, shown and right."""

from __future__ import annotations

import json
import os
from pathlib import Path

from loadtests.bench.machine import Cores
from loadtests.drive.locust_run import LocustRun
from loadtests.drive.own_server import run_liveroom
from loadtests.gate.judge import HELD
from loadtests.plan.kinds import KINDS
from tests.load.small_load import write_slo


def test_a_smoke_run_holds_and_sees_the_server(tmp_path: Path) -> None:
    core = min(os.sched_getaffinity(0))
    with run_liveroom(200, Cores(core, core)) as (host, secrets):
        slo = write_slo(
            tmp_path,
        )
        slo.write_text(_spread_over_more(slo.read_text(encoding="utf-8")), encoding="utf-8")
        run = LocustRun(host=host, profile="small", results=tmp_path, slo=slo, secrets=secrets)
        code = run.perform()
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert code == HELD, [check for check in report["checks"] if not check["held"]]
    assert report["completeness"]["faults"] == {}
    kinds = {line["kind"] for line in report["latency"]}
    assert kinds == set(KINDS) - {"like", "battle call"}, "hosts call each other before the window begins"
    assert report["sends"]["accept"]["answered"] == report["sends"]["seat"]["answered"] > 0
    assert {view["kind"] for view in report["server_view"]} == {"comment", "question"}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "CPU of the server process" in page
    for secret in secrets.values():
        assert secret not in page
        assert secret not in json.dumps(report)


def _spread_over_more(slo: str) -> str:
    """A viewer may not act as often as the planted server takes it; the rooms fight, so nobody likes."""
    likes = "acts.like = { users = 2, per_s = 20, floor = 20 }\n"
    for before, after in (
        (likes, "battle = true\n"),
        ("warmup_s = 0.5\nseconds = 3", "warmup_s = 5\nseconds = 4"),
        ("users = 6, per_s = 50, floor = 100", "users = 40, per_s = 24, floor = 50"),
        ("users = 2, per_s = 4, floor = 5", "users = 20, per_s = 4, floor = 5"),
    ):
        assert before in slo
        slo = slo.replace(before, after)
    return slo
