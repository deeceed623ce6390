"""The Valkey stands still for a while: commands fail in time, nothing that was committed is lost or left untold."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import orjson
import pytest

from liveroom.realtime.backplane.redis.keys import LANE, Keys
from liveroom.server.doorkeeper import CHANGED
from tests.nodes.conftest import ALONE, Deployment, running_nodes
from tests.nodes.watching import PATIENCE_S, Person, enter
from tests.support.databases import Cluster
from tests.support.server import PLAIN, Server

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def nodes(postgresql: Cluster) -> Iterator[Deployment]:
    """Nodes that wait for their Valkey no longer than in production."""
    with running_nodes(postgresql, ALONE) as nodes:
        yield nodes


@pytest.fixture
def room(nodes: Deployment) -> str:
    """A room with a show, made on the first node."""
    return nodes.a.create_room(f"away-{next(_numbers)}", comments_per_s=0)


@contextmanager
def standing_still(nodes: Deployment) -> Iterator[None]:
    """The Valkey keeps its connections and answers nobody; it goes on in the end."""
    nodes.shared.valkey.pause()
    try:
        yield
    finally:
        nodes.shared.valkey.go_on()


def wait_for(server: Server, status: str) -> None:
    """Until `/readyz` says this."""
    until = time.monotonic() + PATIENCE_S
    while ask(server, "/readyz").json()["status"] != status:
        assert time.monotonic() < until, f"/readyz did not say {status}"


def ask(server: Server, path: str) -> httpx.Response:
    """One GET."""
    return httpx.get(f"{server.address}{path}", timeout=PATIENCE_S, verify=PLAIN)


def refused_in_time(person: Person, type_: str, **data: object) -> str:
    """Send a command that has to be refused in time, retryable; gives the code."""
    started = time.monotonic()
    answer = person.do(type_, key=f"k{next(_numbers)}", **data)
    assert time.monotonic() - started < PATIENCE_S
    assert answer["error"]["retryable"] is True
    return str(answer["error"]["code"])


def test_commands_are_refused_in_time_and_readiness_tells_the_truth(nodes: Deployment, room: str) -> None:
    """Viewers stay connected, and go on when it is back, without having missed anything."""
    with enter(nodes.a, "ann", room) as ann, enter(nodes.b, "ben", room) as ben:
        with standing_still(nodes):
            codes = {refused_in_time(ann, "comment.send", text="hello"), refused_in_time(ann, "like.send", count=3)}
            assert codes == {"unavailable"}
            for server in (nodes.a, nodes.b):
                wait_for(server, "backplane")
                assert ask(server, "/healthz").status_code == 200
                assert "liveroom_backplane_up 0.0" in ask(server, "/metrics").text
            assert refused_in_time(ben, "comment.send", text="still away") == "unavailable"
        for server in (nodes.a, nodes.b):
            wait_for(server, "ready")
        seq = ann.comment("all is well")["seq"]
        assert ben.hear_text("all is well") == seq


@pytest.mark.parametrize("name", ["min-replicas-to-write", "maxmemory"])
def test_a_valkey_that_answers_and_does_not_write_is_away_too(nodes: Deployment, room: str, name: str) -> None:
    """Its replicas are gone, or it is full: whoever were sent here could not enter."""
    valkey = nodes.shared.valkey
    with enter(nodes.a, "ann", room) as ann:
        try:
            valkey.ask("CONFIG", "SET", name, 1)
            for server in (nodes.a, nodes.b):
                wait_for(server, "backplane")
                assert "liveroom_backplane_up 0.0" in ask(server, "/metrics").text
            assert refused_in_time(ann, "comment.send", text="hello") == "unavailable"
        finally:
            valkey.ask("CONFIG", "SET", name, 0)
        for server in (nodes.a, nodes.b):
            wait_for(server, "ready")
        ann.comment("all is well")


def test_a_change_that_was_committed_meanwhile_is_told_soon_after(nodes: Deployment, room: str) -> None:
    """The end of a show is stored and acknowledged although nobody can be told."""
    with enter(nodes.b, "ben", room) as ben:
        with standing_still(nodes):
            nodes.a.call("POST", f"/rooms/{room}/end")
        ben.hear_event(lambda event: event["kind"] == "room.ended")


def count_told(nodes: Deployment) -> int:
    """How often nodes were told that somebody is shut out, or no more."""
    told: list[bytes] = nodes.shared.valkey.ask("LRANGE", Keys(0).history(LANE), 0, -1)
    return told.count(orjson.dumps(CHANGED))


def test_a_ban_that_was_committed_meanwhile_holds_here_and_soon_after_everywhere(nodes: Deployment, room: str) -> None:
    """However long it took: tries do not become rarer."""
    before = count_told(nodes)
    with ExitStack() as stack:
        here, there = (stack.enter_context(enter(server, "trudy", room)) for server in (nodes.a, nodes.b))
        with standing_still(nodes):
            nodes.a.call("POST", "/bans", user_id="trudy", seconds=600)
            assert here.read_close()[0] == 4403
            wait_for(nodes.a, "backplane")
        until = time.monotonic() + PATIENCE_S
        while count_told(nodes) == before:
            assert time.monotonic() < until, "the other node was not told"
        assert there.read_close()[0] == 4403
    nodes.a.call("DELETE", "/bans/trudy")
