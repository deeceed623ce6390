"""SIGTERM: clients are moved away, accepted commands are answered, and the process ends by itself in time (R11)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.raw_socket import ConnectedSocket, RawSocket, connect, make_text, open_socket
from tests.support.server import Server, running_server

ROOM = "drained"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that moves its clients away within 3 s; its end is checked for faults and for status 0."""
    with running_server(LIVEROOM_DRAIN_S="3") as server:
        server.create_room(ROOM)
        yield server


def wait_until_draining(server: Server) -> httpx.Response:
    """The first answer of /readyz that is not 200."""
    while (answer := httpx.get(f"{server.address}/readyz", timeout=5)).status_code == 200:
        pass
    return answer


def test_a_node_that_drains_is_not_ready_and_takes_nobody_in(server: Server) -> None:
    """/readyz 503 and new handshakes 503 with Retry-After, while those who are here go on."""
    with connect(server.port, server.token("here"), [ROOM]) as raw:
        server.process.terminate()
        assert wait_until_draining(server).json() == {"status": "draining"}
        assert httpx.get(f"{server.address}/healthz", timeout=5).status_code == 200
        with RawSocket(server.port) as late:
            answer = late.upgrade()
            assert answer.status == 503
            assert int(answer.headers["retry-after"]) > 0
        raw.say(id=2, type="comment.send", room=ROOM, data={"text": "still here"})
        assert raw.hear("ack")["id"] == 2
    assert server.stop() < 15


def test_clients_are_told_when_to_leave_spread_over_the_drain(server: Server) -> None:
    """Each its own `after_ms`; who leaves in time is not closed by force, and the process does not wait any longer."""
    sockets = [connect(server.port, rooms=[ROOM]) for _ in range(20)]
    started = time.monotonic()
    server.process.terminate()
    delays = [raw.hear("reconnect")["after_ms"] for raw in sockets]
    assert all(0 <= delay <= 3_000 for delay in delays)
    assert len(set(delays)) > 5
    for raw in sockets:
        raw.close()
        assert raw.read_close()[0] == 1000
        raw.socket.close()
    server.process.wait(10)
    assert time.monotonic() - started < 4


def test_clients_are_told_where_to_go_where_the_operator_has_said_so() -> None:
    where = "wss://live.example.org/ws"
    with running_server(LIVEROOM_DRAIN_S="1", LIVEROOM_DRAIN_URL=where) as server:
        server.create_room(ROOM)
        with connect(server.port, rooms=[ROOM]) as raw:
            server.process.terminate()
            assert raw.hear("reconnect")["url"] == where


def test_who_stays_is_closed_with_4000_in_batches(server: Server) -> None:
    """Not all in one moment, and each told to come back."""
    sockets = [connect(server.port, rooms=[ROOM]) for _ in range(20)]
    unsaid = open_socket(server.port)
    server.process.terminate()

    def listen(raw: RawSocket) -> float:
        goodbye = raw.hear("disconnect")
        at_s = time.monotonic()
        assert (goodbye["code"], goodbye["reconnect"]) == (4000, True)
        assert raw.read_close()[0] == 4000
        raw.close()
        return at_s

    # All listen at the same time: read one after the other, each would seem to close when its turn comes.
    with ThreadPoolExecutor(len(sockets)) as listeners:
        closed_at = list(listeners.map(listen, sockets))
    assert unsaid.read_close()[0] in (4000, 4408)
    assert server.stop() < 10
    assert max(closed_at) - min(closed_at) > 0.2
    for each in (*sockets, unsaid):
        each.socket.close()


def test_commands_in_flight_are_answered_before_the_close(server: Server) -> None:
    """Sent in the moment of the signal: each has an ack or a typed error, none is left open."""
    with connect(server.port, server.token("host", role="host", rooms=[ROOM]), [ROOM]) as raw:
        commands = [
            make_text({"id": number, "type": "comment.send", "room": ROOM, "data": {"text": f"n{number}"}})
            for number in range(2, 32)
        ]
        raw.send(b"".join(commands[:15]))
        server.process.terminate()
        raw.send(b"".join(commands[15:]))
        assert [raw.hear("ack")["id"] for _ in commands] == list(range(2, 32))
        assert raw.hear("disconnect")["code"] == 4000


def test_peers_that_never_read_never_answer_and_never_finish_do_not_hold_the_process(server: Server) -> None:
    """A reader that stopped, a silent socket, a half body: gone within 15 s all the same, and nothing is a fault."""
    stuck = ConnectedSocket(server.port, receive_bytes=4_096)
    stuck.upgrade()
    stuck.connect(server.token("stuck"), [ROOM])
    host = connect(server.port, server.token("host", role="host", rooms=[ROOM]), [ROOM])
    for number in range(2, 32):
        host.say(id=number, type="comment.send", room=ROOM, data={"text": "x" * 500})
        host.hear("ack")
    silent = RawSocket(server.port)
    posting = RawSocket(server.port)
    posting.send(b"POST /api/v1/rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{")
    started = time.monotonic()
    server.process.terminate()
    server.process.wait(15)
    assert time.monotonic() - started < 15
    for each in (stuck, host, silent, posting):
        each.socket.close()
