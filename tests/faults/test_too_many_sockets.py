"""Sockets of all kinds have a limit: who finds no place is told so in HTTP, and who is inside notices nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.support.raw_socket import Answer, RawSocket, connect
from tests.support.time_machine import TimeMachine, running_time_machine

CONNECTIONS, HTTP = 4, 10
REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture
def small() -> Iterator[TimeMachine]:
    """A server for four WebSockets and ten sockets more."""
    with running_time_machine(max_connections=CONNECTIONS, max_http_connections=HTTP) as machine:
        yield machine


@pytest.fixture
def narrow() -> Iterator[TimeMachine]:
    """A server that takes three sockets of one address."""
    with running_time_machine(max_connections_per_ip=3) as machine:
        yield machine


def ask(raw: RawSocket) -> Answer:
    """One request on a socket that stays open, or what the server says to a socket it does not take."""
    raw.send(REQUEST)
    answer = raw.read_answer()
    raw.read(int(answer.headers["content-length"]))
    return answer


def is_sent_away(machine: TimeMachine) -> bool:
    """Whether the next socket gets 503, with `Retry-After`, and is closed."""
    with RawSocket(machine.port) as raw:
        answer = raw.read_answer()
        assert (answer.status, answer.headers["connection"]) == (503, "close")
        assert int(answer.headers["retry-after"]) > 0
        return raw.read_end() == b""


def test_plain_sockets_above_the_limit_are_sent_away_and_the_others_go_on(small: TimeMachine) -> None:
    with ExitStack() as stack, connect(small.port) as guest:
        present = [stack.enter_context(RawSocket(small.port)) for _ in range(CONNECTIONS + HTTP - 1)]
        assert [ask(raw).status for raw in present] == [200] * len(present)
        for _ in range(30):
            assert is_sent_away(small)
        guest.say(type="ping", id=2)
        assert guest.hear("pong")["id"] == 2
        assert ask(present[0]).status == 200
        assert small.node.metrics.registry.get_sample_value(
            "liveroom_handshakes_refused_total", {"reason": "full"}
        ) == pytest.approx(30)


def test_silent_sockets_count_too_and_make_room_when_their_time_is_over(small: TimeMachine) -> None:
    with ExitStack() as stack:
        silent = [stack.enter_context(RawSocket(small.port)) for _ in range(CONNECTIONS + HTTP)]
        assert is_sent_away(small)
        small.leap(11)
        assert {raw.read_answer().status for raw in silent} == {408}
        assert {raw.read_end() for raw in silent} == {b""}
        with RawSocket(small.port) as raw:
            assert ask(raw).status == 200
    assert small.node.gateway.occupancy.count <= 1


def test_websockets_leave_the_places_of_plain_http(small: TimeMachine) -> None:
    """A full house still answers its orchestrator."""
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            stack.enter_context(connect(small.port))
        with RawSocket(small.port) as raw:
            assert raw.upgrade().status == 503
        with RawSocket(small.port) as raw:
            assert ask(raw).status == 200


def test_an_address_has_so_many_sockets_of_all_kinds(narrow: TimeMachine) -> None:
    """WebSockets and plain HTTP in one sum; one that is closed makes room for the next."""
    with connect(narrow.port), RawSocket(narrow.port) as second:
        assert ask(second).status == 200
        with RawSocket(narrow.port) as third:
            assert ask(third).status == 200
            assert is_sent_away(narrow)
            assert third.upgrade().status == 101, "a socket that changes its kind is still the same one"
            assert is_sent_away(narrow)
        second.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        second.read_end()
        with RawSocket(narrow.port) as fourth:
            assert ask(fourth).status == 200


def test_every_socket_is_counted_out_however_it_ends(small: TimeMachine) -> None:
    for _ in range(3):
        with connect(small.port) as polite:
            polite.close()
            polite.read_close()
            polite.read_end()
        connect(small.port).reset()
        RawSocket(small.port).reset()
        with RawSocket(small.port) as raw:
            raw.send(b"no request at all\r\n\r\n")
            raw.read_end()
        with RawSocket(small.port) as raw:
            assert raw.upgrade(sec_websocket_protocol=None).status == 426
            raw.read_end()
    small.leap(11)
    assert small.node.gateway.occupancy.count == 0
