"""Who is found dead by the heartbeat, and who only has a thin line on which the ping is still on its way."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any, cast

import pytest

from liveroom.realtime import passage
from liveroom.realtime.codes import CloseCode
from liveroom.realtime.connection import Connection
from liveroom.realtime.gateway import GRACE_S
from liveroom.realtime.phase import Phase
from tests.realtime.gateways import make_gateway, make_line
from tests.realtime.thin_transport import ThinTransport
from tests.support.clock import FakeClock
from tests.support.raw_socket import make_text

KIB = 1024
PONG = make_text({"type": "pong", "t": 1})


@pytest.fixture
def line(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> ThinTransport:
    """60 KiB wait in the process, which is not enough to pause it; then a ping is sent."""
    gateway, _ = make_gateway(clock)
    line = make_line(gateway)
    monkeypatch.setattr(passage, "confirmed_bytes", lambda connection: len(line.written) - line.backlog)
    line.connection.send(b"x" * 60 * KIB)
    gateway._ping(line.connection)
    assert not line.connection.is_paused
    return line


def live_through(clock: FakeClock, line: ThinTransport, seconds: int, read: int) -> int:
    """Seconds until it is closed, at most those given."""
    for second in range(1, seconds + 1):
        line.carry(read)
        clock.advance(1_000)
        if line.connection.phase is Phase.CLOSING:
            return second
    return seconds


def test_a_ping_that_is_still_on_its_way_is_waited_for(clock: FakeClock, line: ThinTransport) -> None:
    """5 kB a second: it comes out after 12 s, and is answered then."""
    live_through(clock, line, 13, 5 * KIB)
    assert line.connection.phase is Phase.OPEN
    assert line.backlog == 0
    line.bring(PONG)
    live_through(clock, line, 20, 5 * KIB)
    assert line.connection.phase is Phase.OPEN


def test_a_line_that_is_dead_is_found_as_soon_with_much_before_the_ping(clock: FakeClock, line: ThinTransport) -> None:
    assert live_through(clock, line, 60, 0) <= GRACE_S + 1
    assert line.connection.close_code == CloseCode.NO_PONG


def test_a_line_that_hardly_moves_is_dead(clock: FakeClock, line: ThinTransport) -> None:
    assert live_through(clock, line, 60, KIB) <= GRACE_S + 1
    assert line.connection.close_code == CloseCode.NO_PONG


def test_a_line_that_dies_on_the_way_is_found_at_the_next_look(clock: FakeClock, line: ThinTransport) -> None:
    live_through(clock, line, 9, 5 * KIB)
    assert live_through(clock, line, 60, 0) <= GRACE_S + 2
    assert line.connection.close_code == CloseCode.NO_PONG


def test_who_got_the_ping_and_says_nothing_is_closed(clock: FakeClock, line: ThinTransport) -> None:
    """Though its machine goes on taking what is written."""
    for _ in range(40):
        live_through(clock, line, 1, 20 * KIB)
        if line.connection.phase is Phase.OPEN:
            line.connection.send(b"x" * 10 * KIB)
    assert line.connection.close_code == CloseCode.NO_PONG


def test_the_kernel_tells_what_a_peer_has_confirmed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as peer:
        plug, _ = server.accept()
        with plug:
            transport = SimpleNamespace(get_extra_info=lambda _: plug)
            connection = cast(Connection, SimpleNamespace(transport=transport, backlog_bytes=lambda: 0))
            plug.sendall(b"x" * 1_000)
            received = 0
            while received < 1_000:
                received += len(peer.recv(1_000))
            assert passage.confirmed_bytes(connection) in (1_000, None)
            assert passage.unconfirmed_bytes(connection) == 0
            assert passage.follow(connection) is None
        assert passage.confirmed_bytes(connection) is None, "a socket that is closed"


def test_without_a_socket_nothing_is_on_its_way() -> None:
    transport = SimpleNamespace(get_extra_info=lambda _: None)
    connection = cast(Any, SimpleNamespace(transport=transport, backlog_bytes=lambda: 10**6))
    assert passage.follow(connection) is None
