"""Bans, revoked tokens, rates of calls and addresses of banned guests are those of all nodes together."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import jwt
import pytest

from tests.nodes.conftest import Deployment
from tests.nodes.watching import PATIENCE_S, Person, enter
from tests.support.raw_socket import ConnectedSocket
from tests.support.server import Server

BURST, PER_S = 50, 10
"""Calls of a user: LIVEROOM_HTTP_CALLS_PER_S and five seconds of them."""
_numbers = itertools.count(1)


@pytest.fixture
def room(nodes: Deployment) -> str:
    """A room with a show, made on the first node."""
    return nodes.a.create_room(f"kept-{next(_numbers)}", comments_per_s=0)


def come_as_guest(server: Server, room: str) -> tuple[str, dict[str, object]]:
    """A new guest enters; gives the id and what the room answers."""
    with ConnectedSocket(server.port) as raw:
        raw.upgrade()
        raw.say(id=1, type="connect", rooms={room: {}})
        connected = raw.hear("connected")
        return connected["user"]["id"], connected["rooms"][room]


def test_a_user_who_is_shut_out_on_one_node_is_cut_on_the_other(nodes: Deployment, room: str) -> None:
    with enter(nodes.b, "mallory", room) as mallory:
        nodes.a.call("POST", "/bans", user_id="mallory", seconds=600)
        assert mallory.read_close()[0] == 4403
    nodes.b.call("DELETE", "/bans/mallory")
    enter(nodes.b, "mallory", room).socket.close()


def test_who_is_banned_enters_no_node_from_the_moment_of_the_answer(nodes: Deployment, room: str) -> None:
    """Also one that has not heard of it yet."""
    enter(nodes.b, "first", room).socket.close()
    for number in range(10):
        nodes.a.call("POST", f"/rooms/{room}/bans", user_id=f"bad{number}")
        with Person(nodes.b, f"bad{number}", room) as bad:
            assert bad.enter()["error"]["code"] == "banned"


def test_a_token_that_is_revoked_is_refused_and_cut_everywhere(nodes: Deployment, room: str) -> None:
    """Another token of the same person is not."""
    with ExitStack() as stack:
        with_it, without = (stack.enter_context(Person(nodes.b, "nina", room)) for _ in range(2))
        for each in (with_it, without):
            each.enter()
        claims = jwt.decode(with_it.token, options={"verify_signature": False})
        nodes.a.call("POST", "/revoked-tokens", token_id=claims["jti"], seconds=600)
        assert with_it.read_close()[0] == 4401
        assert without.comment("still here")


def test_a_rate_of_calls_is_one_for_all_nodes(nodes: Deployment, room: str) -> None:
    headers = {"Authorization": f"Bearer {nodes.a.token('caller')}"}
    started = time.monotonic()
    with httpx.Client(headers=headers, timeout=PATIENCE_S) as client, ThreadPoolExecutor(8) as callers:

        def call(number: int) -> int:
            server = (nodes.a, nodes.b)[number % 2]
            return client.get(f"{server.address}/api/v1/rooms/{room}").status_code

        statuses = Counter(callers.map(call, range(3 * BURST)))
    assert BURST * 0.9 <= statuses.pop(200) <= BURST + PER_S * (time.monotonic() - started) + 1
    assert set(statuses) <= {429}


def test_a_guest_banned_on_one_node_does_not_come_back_through_the_other(nodes: Deployment, room: str) -> None:
    """Who has a token comes in from the same address."""
    guest, entered = come_as_guest(nodes.a, room)
    assert "error" not in entered
    nodes.a.call("POST", f"/rooms/{room}/bans", user_id=guest, reason="spam")
    for server in (nodes.a, nodes.b):
        until = time.monotonic() + PATIENCE_S
        while True:
            _, entered = come_as_guest(server, room)
            if entered.get("error"):
                break
            assert time.monotonic() < until, "a new guest came in"
        enter(server, "olga", room).socket.close()
