"""A node dies, or the Valkey between them: people go on, and nobody misses anything without a word."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.nodes.conftest import ALONE, Deployment, running_nodes
from tests.nodes.watching import PATIENCE_S, Person, enter
from tests.support.databases import Cluster
from tests.support.server import Server


@pytest.fixture(scope="module")
def nodes(postgresql: Cluster) -> Iterator[Deployment]:
    """Nodes that wait for their Valkey no longer than in production."""
    with running_nodes(postgresql, ALONE) as nodes:
        yield nodes


def test_who_was_on_a_node_that_died_goes_on_at_the_other(nodes: Deployment) -> None:
    """kill -9; the position from there counts here."""
    room = nodes.b.create_room("survivors", comments_per_s=0)
    with ExitStack() as stack:
        mortal = stack.enter_context(nodes.shared.run_node("mortal"))
        ann, ben = stack.enter_context(enter(mortal, "ann", room)), stack.enter_context(enter(nodes.b, "ben", room))
        ben.comment("before")
        position = {"epoch": ann.connected["epoch"], "seq": ann.hear_text("before")}
        mortal.kill()
        ben.comment("meanwhile")
        entered = stack.enter_context(Person(nodes.b, "ann", room)).enter(position)
        assert entered["recovered"]
        assert "meanwhile" in [event["data"].get("text") for event in entered["events"]]


def test_without_the_valkey_commands_are_refused_in_time_and_soon_after_it_is_back_all_is_well(
    nodes: Deployment,
) -> None:
    """Its data is gone: everybody is told to resync, and hears what is said from then on; likes go on as they were."""
    room = nodes.a.create_room("forgotten", comments_per_s=0)
    valkey = nodes.shared.valkey
    with ExitStack() as stack:
        ann, ben = stack.enter_context(enter(nodes.a, "ann", room)), stack.enter_context(enter(nodes.b, "ben", room))
        ann.comment("before")
        ben.hear_text("before")
        ben.like(30)
        ann.hear_value("likes", lambda value: value.get("total") == 30)
        valkey.kill()
        started = time.monotonic()
        error = ann.do("comment.send", key="k", text="nobody hears")["error"]
        assert time.monotonic() - started < PATIENCE_S
        assert (error["code"], error["retryable"]) == ("unavailable", True)
        valkey.start()
        for each in (ann, ben):
            assert each.hear("resync")["reason"] == "epoch"
        for each in (ann, ben):
            assert each.succeed("room.join")["data"]["epoch"] != each.connected["epoch"]
        ben.comment("together again")
        ann.hear_text("together again")
        ann.like(3)
        for each in (ann, ben):
            each.hear_value("likes", lambda value: value.get("total") == 33)


def test_votes_are_told_on_after_the_valkey_has_lost_what_was_told(nodes: Deployment) -> None:
    """On all nodes, those from before included, though what is over counts no more."""
    room = nodes.a.create_room("voters", host="asker")
    with ExitStack() as stack:
        host = stack.enter_context(enter(nodes.a, "asker", room, role="host"))
        ann, ben = stack.enter_context(enter(nodes.a, "ann", room)), stack.enter_context(enter(nodes.b, "ben", room))
        past = ask(host, "first")
        for server, who in ((nodes.a, "v1"), (nodes.b, "v2"), (nodes.a, "v3")):
            vote(server, room, past, who)
        host.succeed("poll.close", "close", poll=past)
        poll = ask(host, "second")
        vote(nodes.a, room, poll, "v1")
        for each in (ann, ben):
            hear_voters(each, poll, 1)
        nodes.shared.valkey.kill()
        nodes.shared.valkey.start()
        for each in (ann, ben):
            assert each.hear("resync")["reason"] == "epoch"
            each.succeed("room.join")
        vote(nodes.b, room, poll, "v2")
        for each in (ann, ben):
            hear_voters(each, poll, 2)


def ask(host: Person, question: str) -> str:
    """Open a poll; gives its id."""
    answer = host.succeed("poll.open", question, question=question, choices=["red", "blue"])
    return str(answer["data"]["poll"]["id"])


def vote(server: Server, room: str, poll: str, who: str) -> None:
    """Somebody votes for the first choice, as often as it takes."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with enter(server, who, room) as voter:
            answer = voter.do("poll.vote", key=f"{poll}-{who}", poll=poll, choices=["a"])
        if answer["type"] == "ack":
            return
        assert time.monotonic() < deadline, answer


def hear_voters(person: Person, poll: str, voters: int) -> None:
    """Wait until somebody hears how many have voted."""
    person.hear_value("poll_votes", lambda value: value.get("polls", {}).get(poll, {}).get("voters") == voters)
