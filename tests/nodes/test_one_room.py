"""Viewers of two nodes are in one room: they hear, count and obey the same."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.nodes.conftest import Deployment
from tests.nodes.watching import PATIENCE_S, Person, enter
from tests.support.server import Server

BURST, PER_S = 5, 1
"""Comments of a person."""
COMMENTS = 20
"""Of one person, on each of two connections: more than in a burst of each."""
_numbers = itertools.count(1)


@pytest.fixture
def room(nodes: Deployment) -> str:
    """A room with a show, made on the first node."""
    return nodes.a.create_room(f"shared-{next(_numbers)}", comments_per_s=0)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Closes sockets at the end of a test."""
    with ExitStack() as stack:
        yield stack


def test_comments_of_both_nodes_have_one_order_and_late_joiners_one_snapshot(
    nodes: Deployment, room: str, stack: ExitStack
) -> None:
    ann, ben = stack.enter_context(enter(nodes.a, "ann", room)), stack.enter_context(enter(nodes.b, "ben", room))
    acks = [one.comment(text)["seq"] for one, text in ((ann, "from a"), (ben, "from b"))]
    for each in (ann, ben):
        assert [each.hear_text(text) for text in ("from a", "from b")] == acks
    snapshots = []
    for server in (nodes.a, nodes.b):
        entered = stack.enter_context(enter(server, "late", room)).connected
        snapshots.append((entered["epoch"], [said["data"]["text"] for said in entered["snapshot"]["comments"]]))
    assert snapshots[0] == snapshots[1]
    assert snapshots[0][1] == ["from a", "from b"]


def test_a_newcomer_is_welcomed_and_the_host_on_the_other_node_gets_the_cue(
    nodes: Deployment, room: str, stack: ExitStack
) -> None:
    host = stack.enter_context(enter(nodes.a, "host", room, "host"))
    ann = stack.enter_context(enter(nodes.b, "ann", room, level=40))
    assert ann.hear_private("welcome.shown")
    assert host.hear_private("cue.shown")["user"]["id"] == "ann"


def test_viewers_and_likes_are_summed_over_nodes(nodes: Deployment, room: str, stack: ExitStack) -> None:
    people = [stack.enter_context(enter(server, f"p{n}", room)) for n, server in enumerate((nodes.a, nodes.a, nodes.b))]
    for each in (people[0], people[2]):
        each.like(7)
    for each in people:
        each.hear_value("likes", lambda value: value.get("total") == 14)
        each.hear_value("audience", lambda value: value.get("viewers") == 3)


def test_a_show_that_is_ended_on_a_node_without_viewers_came_to_what_the_other_counted(
    nodes: Deployment, room: str, stack: ExitStack
) -> None:
    people = [stack.enter_context(enter(nodes.a, f"s{n}", room)) for n in range(3)]
    people[0].comment("hi")
    for each in people:
        each.like(4)
    people[0].hear_value("audience", lambda value: value.get("peak") == 3)
    people[0].hear_value("likes", lambda value: value.get("total") == 12)
    nodes.b.call("POST", f"/rooms/{room}/end")
    ended = people[0].hear_any(lambda message: _ended(message) is not None)
    assert _ended(ended) == {"viewers": 3, "comments": 1, "likes": 12, "peak_viewers": 3}


def _ended(message: dict[str, Any]) -> Any:
    events = message["events"] if message["type"] == "events" else ()
    return next((event["data"]["stats"] for event in events if event["kind"] == "room.ended"), None)


@pytest.mark.parametrize("everywhere", [False, True], ids=["room", "server"])
def test_a_ban_on_one_node_cuts_on_the_other_at_once(
    nodes: Deployment, room: str, stack: ExitStack, everywhere: bool
) -> None:
    path = "/bans" if everywhere else f"/rooms/{room}/bans"
    people = {
        user: stack.enter_context(enter(nodes.b, user, room)) for user in (f"bad-{everywhere}", f"ill-{everywhere}")
    }
    for user, bad in people.items():
        nodes.a.call("POST", path, user_id=user)
        if everywhere:
            assert bad.read_close()[0] == 4403
        else:
            assert bad.hear("left")["code"] == "banned"


def test_who_is_cut_on_one_node_resumes_on_the_other_with_what_was_missed(
    nodes: Deployment, room: str, stack: ExitStack
) -> None:
    ann, ben = stack.enter_context(enter(nodes.a, "ann", room)), stack.enter_context(enter(nodes.a, "ben", room))
    ben.comment("first")
    position = {"epoch": ann.connected["epoch"], "seq": ann.hear_text("first")}
    ann.reset()
    for number in range(3):
        ben.comment(f"missed {number}")
    entered = stack.enter_context(Person(nodes.b, "ann", room)).enter(position)
    assert entered["recovered"]
    texts = [event["data"].get("text") for event in entered["events"]]
    assert [text for text in texts if text] == ["missed 0", "missed 1", "missed 2"]


def test_a_command_that_is_repeated_on_the_other_node_has_one_effect(
    nodes: Deployment, room: str, stack: ExitStack
) -> None:
    first, again = (stack.enter_context(enter(server, "ann", room)) for server in (nodes.a, nodes.b))
    once = first.comment("only once", key="k1")
    twice = again.comment("only once", key="k1")
    assert (twice["duplicate"], twice["seq"], twice["data"]) == (True, once["seq"], once["data"])
    after = again.comment("after")
    assert [first.hear_event(lambda event: event["kind"] == "comment.sent") for _ in range(2)] == [
        once["seq"],
        after["seq"],
    ]


def test_a_rate_is_one_for_all_connections_of_a_user(nodes: Deployment, room: str, stack: ExitStack) -> None:
    """A burst, whichever nodes it goes to."""
    people = [stack.enter_context(enter(server, "fast", room)) for server in (nodes.a, nodes.b)]
    started = time.monotonic()
    for number in range(COMMENTS):
        for each in people:
            each.say(id=100 + number, type="comment.send", room=room, data={"text": f"n{number}"})
    answers = [each.hear_answer(100 + number) for number in range(COMMENTS) for each in people]
    codes = Counter(answer["error"]["code"] if answer["type"] == "error" else "" for answer in answers)
    assert BURST <= codes.pop("") <= BURST + PER_S * (time.monotonic() - started) + 1
    assert set(codes) <= {"rate_limited"}


def test_a_show_that_begins_on_one_node_runs_on_the_other(nodes: Deployment, stack: ExitStack) -> None:
    """Also in the document, by which commands are judged there."""
    room = nodes.a.create_room(f"show-{next(_numbers)}", live=False)
    nodes.a.call("POST", f"/rooms/{room}/open")
    waiting = stack.enter_context(enter(nodes.b, "ben", room))
    nodes.a.call("POST", f"/rooms/{room}/go_live")
    waiting.hear_event(lambda event: event["kind"] == "room.went_live")
    wait_for_status(nodes.b, room, "live")
    nodes.b.call("POST", f"/rooms/{room}/end")
    waiting.hear_event(lambda event: event["kind"] == "room.ended")
    wait_for_status(nodes.a, room, "ended")


def wait_for_status(server: Server, room: str, wanted: str) -> None:
    """A node reads the document of a room anew after it has heard of a change."""
    until = time.monotonic() + PATIENCE_S
    while server.call("GET", f"/rooms/{room}").json()["room"]["status"] != wanted:
        assert time.monotonic() < until, f"{room} is not {wanted} on this node"
