"""`liveroom serve --workers 2`: one port, one room, one answer from `/metrics`; who dies is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from liveroom.server.cli import main
from liveroom.server.workers import private_valkey
from tests.nodes.watching import Person, enter
from tests.support.server import PLAIN, Server, running_server

PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Two workers, and a Valkey of their own."""
    with running_server("--workers", "2", LIVEROOM_DRAIN_S="1") as running:
        until(lambda: ups(running) == {"1": 1.0, "2": 1.0})
        yield running


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that other processes do."""
    end_s = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end_s, "it did not happen in time"
        time.sleep(0.02)


def workers_of(server: Server) -> list[psutil.Process]:
    """The workers that live."""
    found = []
    for each in psutil.Process(server.process.pid).children():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            if "liveroom.server.workers.worker" in each.cmdline():
                found.append(each)
    return found


def ups(server: Server) -> dict[str, float]:
    """Which workers answer, as `/metrics` tells."""
    told = text_string_to_metric_families(httpx.get(f"{server.address}/metrics", timeout=PATIENCE_S, verify=PLAIN).text)
    family = next(each for each in told if each.name == "liveroom_worker_up")
    return {sample.labels["worker"]: sample.value for sample in family.samples}


def enter_each(server: Server, stack: ExitStack, room: str) -> dict[str, Person]:
    """Somebody in the room on each worker, by its name."""
    found: dict[str, Person] = {}
    for number in range(64):
        person = enter(server, f"p{number}", room)
        if person.node in found:
            person.socket.close()
        else:
            found[person.node] = stack.enter_context(person)
        if len(found) == 2:
            break
    return found


def test_viewers_on_different_workers_are_in_one_room(server: Server) -> None:
    room = server.create_room("shared")
    with ExitStack() as stack:
        people = enter_each(server, stack, room)
        assert len(people) == 2, "the kernel sent everybody to one worker"
        first, second = people.values()
        first.comment("do you hear me")
        second.hear_text("do you hear me")


def test_one_worker_answers_for_all(server: Server) -> None:
    wanted = {f'liveroom_connections_inflight{{worker="{number}"}}' for number in (1, 2)}

    def are_told() -> bool:
        text = httpx.get(f"{server.address}/metrics", timeout=PATIENCE_S, verify=PLAIN).text
        return all(each in text for each in wanted)

    until(are_told)


def test_a_worker_that_is_killed_is_replaced(server: Server) -> None:
    server.expected_faults.append("process_ended")
    until(lambda: len(workers_of(server)) == 2 and set(ups(server).values()) == {1.0})
    victim = workers_of(server)[0]
    victim.kill()
    until(lambda: victim.pid not in {each.pid for each in workers_of(server)} and len(workers_of(server)) == 2)
    until(lambda: set(ups(server).values()) == {1.0})
    server.create_room("afterwards")


def test_nothing_is_left_when_the_supervisor_is_killed() -> None:
    with running_server("--workers", "2", LIVEROOM_DRAIN_S="0.1") as server:
        children = psutil.Process(server.process.pid).children(recursive=True)
        assert len(children) == 4, "two workers, a Valkey and a media engine"
        server.kill()
        _, alive = psutil.wait_procs(children, PATIENCE_S)
        assert not alive


def test_without_a_valkey_it_says_what_to_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(private_valkey, "PACKAGE", "a_package_that_is_not_there")
    monkeypatch.setenv("LIVEROOM_DATA_DIR", str(tmp_path))
    result = CliRunner().invoke(main, ["serve", "--workers", "2", "--port", "0"])
    assert result.exit_code == 2
    assert "LIVEROOM_REDIS_URL" in result.output
    assert "liveroom[local]" in result.output


def test_workers_that_can_never_start_end_the_supervisor(tmp_path: Path) -> None:
    """A setting that only they meet: it is said, with status 2, and not tried again and again."""
    scenes = tmp_path / "scenes"
    scenes.mkdir()
    (scenes / "broken.toml").write_text("this is no scene")
    env = {**os.environ, "LIVEROOM_SCENES_DIR": str(scenes), "LIVEROOM_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "liveroom.server", "serve", "--workers", "2", "--port", "0"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 2, done.stderr
    assert "broken" in done.stderr


def test_ctrl_c_drains_the_workers_before_their_valkey_ends(server: Server) -> None:
    """A terminal would send the signal to all of them at once; they have sessions of their own. Last of this module."""
    until(lambda: set(ups(server).values()) == {1.0})
    with enter(server, "ann", server.create_room("last")) as person:
        server.process.send_signal(signal.SIGINT)
        assert "after_ms" in person.hear("reconnect")
    assert server.process.wait(PATIENCE_S) == 0
    assert server.said().count('"event":"drain_ended"') >= 2
