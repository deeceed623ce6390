"""However a run ends, nothing of it goes on and nothing is left on the server; the next one begins from the start."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from locust.env import Environment

from loadtests import locustfile
from loadtests.conduct import conductor as conductors
from loadtests.conduct import run as runs
from loadtests.conduct.conductor import Conductor
from loadtests.conduct.options import read_load
from loadtests.conduct.phases import Phase
from loadtests.gate.judge import HELD, INVALID
from loadtests.target.errors import TargetRefused
from loadtests.target.interface import Interface
from loadtests.users import USER_CLASSES

OPTIONS = {
    "load": "smoke",
    "load_seed": "1",
    "load_slo": "",
    "load_results": "",
    "load_changes": "{}",
    "load_without": "gift",
    "load_command": "",
    "load_calibration_ms": "",
}


class Deployment(Interface):
    """Has live rooms, as long as they are not ended."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1", "key")
        self.live: set[str] = set()
        self.refuses = ""
        self.waits_for = ""

    def make_room(self, room: str, host_id: str) -> None:
        self.live.add(room)

    def end_room(self, room: str) -> None:
        self.live.discard(room)

    def demand(self, method: str, path: str, body: dict[str, Any]) -> None:
        if self.waits_for and path.endswith(self.waits_for):
            gevent.sleep(60)
        if self.refuses and self.refuses in path:
            raise TargetRefused("no", 403)


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch) -> Deployment:
    deployment = Deployment()
    monkeypatch.setattr(conductors, "read_interface", lambda host, environment: deployment)
    monkeypatch.setattr(runs, "conclude", lambda *_: HELD)
    return deployment


@pytest.fixture
def conductor() -> Conductor:
    conductor = Conductor()
    options: Any = SimpleNamespace(**OPTIONS)
    environment = Environment(
        user_classes=list(USER_CLASSES), shape_class=conductor, host="http://127.0.0.1:1", parsed_options=options
    )
    environment.create_local_runner()
    return conductor


def stop(conductor: Conductor) -> None:
    assert conductor.runner is not None
    locustfile.end_run(conductor.runner.environment)


def test_a_run_that_is_stopped_leaves_nothing_and_the_next_one_is_another(
    conductor: Conductor, deployment: Deployment
) -> None:
    assert conductor.tick() is not None
    conductor.reset_time()
    first = conductor._run
    assert conductor.tick() is not None
    assert conductor._run is first, "the second call of reset_time belongs to the same run"
    assert deployment.live
    stop(conductor)
    assert deployment.live == set()
    assert conductor.exit_code == INVALID
    conductor.reset_time()
    assert conductor.tick() is not None
    assert conductor._run is not first
    stop(conductor)


def test_a_run_that_came_to_its_end_keeps_its_verdict_and_leaves_nothing(
    conductor: Conductor, deployment: Deployment
) -> None:
    conductor.tick()
    run = conductor._run
    assert run is not None
    run._enter(Phase.DONE)
    run._phase = Phase.DONE
    assert deployment.live == set()
    stop(conductor)
    assert conductor.exit_code == HELD


def test_a_verdict_that_cannot_be_written_leaves_nothing_either(
    conductor: Conductor, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(runs, "conclude", fail)
    conductor.tick()
    run = conductor._run
    assert run is not None
    monkeypatch.setattr(runs.Course, "next_phase", lambda *_: Phase.DONE)
    assert conductor.tick() is None
    assert deployment.live == set()
    assert conductor.exit_code == INVALID


def test_a_run_that_is_refused_half_way_leaves_nothing(conductor: Conductor, deployment: Deployment) -> None:
    deployment.refuses = "campaigns"
    assert conductor.tick() is None
    assert deployment.live == set()


def test_a_run_that_is_stopped_while_its_rooms_are_made_leaves_nothing(
    conductor: Conductor, deployment: Deployment
) -> None:
    deployment.waits_for = "campaigns"
    making = gevent.spawn(conductor.tick)
    gevent.sleep(0.05)
    assert deployment.live
    making.kill()
    stop(conductor)
    assert deployment.live == set()


def test_a_second_run_may_have_users_that_the_first_had_not(conductor: Conductor, deployment: Deployment) -> None:
    assert conductor.runner is not None
    environment = conductor.runner.environment
    options: Any = environment.parsed_options
    seen = []
    for options.load in ("herd", "smoke"):
        conductor.tick()
        seen.append({user_class.__name__ for user_class in environment.user_classes})
        stop(conductor)
        conductor.reset_time()
    assert seen[0] == {"Host", "Lurker", "Chatter", "Liker"}
    assert seen[1] > seen[0]


def test_what_comes_back_empty_from_the_page_is_the_default(conductor: Conductor) -> None:
    assert conductor.runner is not None
    environment = conductor.runner.environment
    environment.parsed_options = SimpleNamespace(**dict.fromkeys(OPTIONS, ""))  # type: ignore[assignment]
    load = read_load(environment)
    assert (load.name, load.seed, load.directory, load.calibration_p99_ms) == (
        "smoke", 1, Path("loadtest-results"), None,
    )  # fmt: skip
    gevent.sleep(0)
