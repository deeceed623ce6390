"""Peers that say nothing, or too slowly, or vanish: each is found in its time, and told why where it can be told.

Time is leapt over (`tests/support/time_machine.py`); the sockets are real.
"""

from __future__ import annotations

import json
import select
import threading
import time
from collections.abc import Iterator

import pytest

from liveroom.realtime.phase import Phase
from liveroom.server import body_limit
from tests.support.raw_socket import (
    TIMEOUT_S,
    ConnectedSocket,
    RawSocket,
    connect,
    make_request,
    make_text,
    open_socket,
)
from tests.support.time_machine import TimeMachine, running_time_machine

HEADER_S = 10
CONNECT_S = 5
MUCH_BYTES = 8 * 1024 * 1024


@pytest.fixture(scope="module")
def machine() -> Iterator[TimeMachine]:
    """A server with the default timeouts."""
    with running_time_machine() as machine:
        yield machine


@pytest.mark.parametrize("data", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHo", make_request()[:-2]])
def test_a_header_that_does_not_end_is_answered_with_408(machine: TimeMachine, data: bytes) -> None:
    """A silent socket, a half header, an upgrade without its last line: 10 s."""
    with RawSocket(machine.port) as raw:
        raw.send(data)
        machine.leap(HEADER_S - 1)
        raw.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            raw.socket.recv(1)
        raw.socket.settimeout(TIMEOUT_S)
        machine.leap(2)
        assert raw.read_answer().status == 408
        assert raw.read_end() == b""


def test_a_byte_now_and_then_does_not_prolong_the_header(machine: TimeMachine) -> None:
    """Slow-loris: one byte a second."""
    with RawSocket(machine.port) as raw:
        for byte in make_request()[: HEADER_S // 2]:
            raw.send(bytes([byte]))
            machine.leap(2.2)
        assert raw.read_answer().status == 408


def test_a_second_header_on_the_same_socket_has_the_same_time(machine: TimeMachine) -> None:
    """Keep-alive is no way around it."""
    with RawSocket(machine.port) as raw:
        raw.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = raw.read_answer()
        raw.read(int(answer.headers["content-length"]))
        raw.send(b"GET /he")
        machine.leap(HEADER_S + 1)
        assert raw.read_answer().status == 408


def test_empty_lines_do_not_keep_an_idle_socket_alive(machine: TimeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9112 §2.2 has them ignored; the idle time of uvicorn is that of the event loop, so it is shortened here."""
    monkeypatch.setattr(machine.config, "timeout_keep_alive", 0.3)
    with RawSocket(machine.port) as raw:
        raw.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = raw.read_answer()
        raw.read(int(answer.headers["content-length"]))
        until = time.monotonic() + TIMEOUT_S
        while not select.select([raw.socket], [], [], 0.05)[0]:
            assert time.monotonic() < until, "the socket is still open"
            raw.send(b"\r\n")


def test_a_body_nobody_reads_has_to_end_too(machine: TimeMachine) -> None:
    """A GET with a body that never comes: answered at once, cut when the exchange has taken too long."""
    with RawSocket(machine.port) as raw:
        raw.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx")
        answer = raw.read_answer()
        raw.read(int(answer.headers["content-length"]))
        machine.leap(31)
        assert raw.read_end() == b""


def test_a_slow_body_is_answered_with_408(machine: TimeMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time is that of the event loop, so it is shortened here instead of leapt over."""
    monkeypatch.setattr(body_limit, "BODY_TIMEOUT_S", 0.2)
    with RawSocket(machine.port) as raw:
        raw.send(b"POST /api/v1/rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")
        assert raw.read_answer().status == 408
        assert raw.read_end() == b""


@pytest.mark.parametrize("length", [b"Content-Length: 300000", b"Transfer-Encoding: chunked"])
def test_a_large_body_is_answered_with_413(machine: TimeMachine, length: bytes) -> None:
    """As soon as more came than may come."""
    with RawSocket(machine.port) as raw:
        raw.send(b"POST /api/v1/rooms HTTP/1.1\r\nHost: a\r\n" + length + b"\r\n\r\n")
        raw.send(b"493e0\r\n" * (length[0:1] == b"T") + b"x" * 300_000)
        assert raw.read_answer().status == 413


def test_many_requests_in_one_segment_do_not_pile_up(machine: TimeMachine) -> None:
    """Pipelining beyond a few is refused."""
    with RawSocket(machine.port) as raw:
        raw.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 2_000)
        assert raw.read_end().count(b"HTTP/1.1 200") < 20


def test_without_connect_a_websocket_is_closed_with_4408(machine: TimeMachine) -> None:
    """5 s; pings do not count as having said who one is."""
    with open_socket(machine.port) as raw:
        machine.leap(CONNECT_S - 1)
        raw.say(type="ping", id=1)
        assert raw.hear("error")["error"]["code"] == "connect_first"
        machine.leap(2)
        assert raw.hear("disconnect")["code"] == 4408
        assert raw.read_close()[0] == 4408


def test_a_half_message_without_connect_is_closed_too(machine: TimeMachine) -> None:
    """A `connect` that never ends."""
    with open_socket(machine.port) as raw:
        raw.send(make_text({"type": "connect", "id": 1})[:-3])
        machine.leap(CONNECT_S + 1)
        assert raw.read_close()[0] == 4408


def next_ping(machine: TimeMachine, raw: ConnectedSocket) -> None:
    """Leap until the server asks for a sign of life."""
    machine.leap(CONNECT_S + 1)
    machine.leap(25)
    raw.hear("ping")


def test_a_half_open_connection_is_found_by_the_heartbeat(machine: TimeMachine) -> None:
    """The peer is gone without FIN: it answers no ping and is closed with 4002."""
    with connect(machine.port) as raw:
        next_ping(machine, raw)
        machine.leap(11)
        assert raw.hear("disconnect")["code"] == 4002
        assert raw.read_close()[0] == 4002


@pytest.mark.parametrize("sign", [{"type": "pong", "t": 1}, {"type": "ping", "id": 9}])
def test_any_frame_is_a_sign_of_life(machine: TimeMachine, sign: dict[str, object]) -> None:
    """And the heartbeat goes on: the next ping comes."""
    with connect(machine.port) as raw:
        next_ping(machine, raw)
        raw.say(**sign)
        raw.say(type="ping", id=10)
        while raw.hear("pong").get("id") != 10:
            pass
        machine.leap(11)
        raw.say(type="ping", id=11)
        while raw.hear("pong").get("id") != 11:
            pass
        machine.leap(26)
        raw.hear("ping")


def fill(machine: TimeMachine, raw: ConnectedSocket) -> None:
    """Tell a peer more than the kernel takes for it, so that some of it waits in the server."""
    [connection] = [each for each in machine.node.gateway.connections if each.phase is Phase.OPEN]
    told = threading.Event()

    def tell() -> None:
        connection.send(b'"' + b"x" * MUCH_BYTES + b'"')
        told.set()

    machine.loop.call_soon_threadsafe(tell)
    assert told.wait(TIMEOUT_S)


def connect_thinly(machine: TimeMachine) -> ConnectedSocket:
    """Somebody whose receive buffer is small."""
    raw = ConnectedSocket(machine.port, receive_bytes=65_536)
    raw.upgrade()
    raw.connect(None, [])
    return raw


def test_a_thin_line_is_given_the_time_it_needs(machine: TimeMachine) -> None:
    """It reads 25 kB a second and answers no ping before it comes to it; neither 4100 nor 4002 ends that."""
    with connect_thinly(machine) as raw:
        fill(machine, raw)
        for _ in range(15):
            raw.read(100_000)
            machine.leap(4)
        raw.socket.setblocking(True)
        raw.read(MUCH_BYTES + 2 + 10 - 15 * 100_000)
        raw.say(type="ping", id=3)
        while raw.hear("pong").get("id") != 3:
            pass
        machine.leap(11)
        raw.say(type="ping", id=4)
        while raw.hear("pong").get("id") != 4:
            pass


def test_a_thin_line_is_heard_while_much_waits_for_it(machine: TimeMachine) -> None:
    """What is told after its question comes after the answer."""
    with connect_thinly(machine) as raw:
        fill(machine, raw)
        raw.say(type="ping", id=3)
        machine.leap(0.5)
        fill(machine, raw)
        raw.read_frame()
        assert json.loads(raw.read_frame().payload)["type"] == "pong"


def test_a_reader_that_stops_is_closed_with_4100(machine: TimeMachine) -> None:
    """5 s after the last of it, also when it took some before, and in no room."""
    with connect_thinly(machine) as raw:
        fill(machine, raw)
        raw.read(200_000)
        machine.leap(2)
        machine.leap(4)
        machine.leap(2)
        raw.read(MUCH_BYTES + 2 + 10 - 200_000)
        assert raw.hear("disconnect")["code"] == 4100
        assert raw.read_close()[0] == 4100


def test_a_close_nobody_answers_ends_in_its_time(machine: TimeMachine) -> None:
    """The peer is waited for, but not for ever."""
    with open_socket(machine.port) as raw:
        machine.leap(CONNECT_S + 1)
        assert raw.read_close()[0] == 4408
        machine.leap(3)
        assert raw.read_end() == b""
