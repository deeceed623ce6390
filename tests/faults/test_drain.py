"""SIGTERM: clients are moved away, accepted commands are answered, and the process ends by itself in time (R11)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx

from tests.support.raw_socket import ConnectedSocket, RawSocket, connect, make_text, open_socket
from tests.support.server import PLAIN, Server, running_server

ROOM = "drained"
WHERE = "wss://live.example.org/ws"
LONGEST_S = 15.0
SLACK_S = 5.0
"""For a machine that has other things to do."""
CROWD = 20


@contextmanager
def draining_within(drain_s: int, **settings: str) -> Iterator[Server]:
    """A server with a room, which moves its clients away in this time; its end is checked for faults and status 0."""
    with running_server(LIVEROOM_DRAIN_S=str(drain_s), **settings) as server:
        server.create_room(ROOM)
        yield server


def ask(server: Server, path: str) -> httpx.Response:
    """One GET."""
    return httpx.get(f"{server.address}{path}", timeout=30, verify=PLAIN)


def comments(first: int, end: int) -> bytes:
    """Commands with these ids, in one piece."""
    said = ({"id": n, "type": "comment.send", "room": ROOM, "data": {"text": f"n{n}"}} for n in range(first, end))
    return b"".join(make_text(each) for each in said)


def add_stuck_peers(server: Server, host: ConnectedSocket, stack: ExitStack) -> None:
    """One that never reads, one that never says anything, one that never ends its request."""
    stuck = stack.enter_context(ConnectedSocket(server.port, receive_bytes=4_096))
    stuck.upgrade()
    stuck.connect(server.token("stuck"), [ROOM])
    for number in range(102, 132):
        host.say(id=number, type="comment.send", room=ROOM, data={"text": "x" * 500})
        host.hear("ack")
    stack.enter_context(RawSocket(server.port))
    posting = stack.enter_context(RawSocket(server.port))
    posting.send(b"POST /api/v1/rooms HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n{")


def listen_to_the_end(raw: RawSocket) -> float:
    """Wait to be closed; gives when it was."""
    goodbye = raw.hear("disconnect")
    at_s = time.monotonic()
    assert (goodbye["code"], goodbye["reconnect"]) == (4000, True)
    assert raw.read_close()[0] == 4000
    raw.close()
    return at_s


def test_a_node_that_drains_answers_what_it_accepted_takes_nobody_in_and_closes_who_stays() -> None:
    """With peers that hold on to it: it ends in time all the same, and nothing is a fault.

    Commands in flight in the moment of the signal have an ack or a typed error, none is left open; /readyz and new
    handshakes say 503; who stays is closed with 4000, not all in one moment.
    """
    limits = {"LIVEROOM_COMMANDS_PER_S": "1000", "LIVEROOM_COMMANDS_BURST": "1000"}
    with draining_within(5, **limits) as server, ExitStack() as stack:
        host = stack.enter_context(connect(server.port, server.token("host", role="host", rooms=[ROOM]), [ROOM]))
        add_stuck_peers(server, host, stack)
        crowd = [stack.enter_context(connect(server.port, rooms=[ROOM])) for _ in range(CROWD)]
        unsaid = stack.enter_context(open_socket(server.port))
        host.send(comments(2, 17))
        started = time.monotonic()
        server.process.terminate()
        host.send(comments(17, 32))
        while (answer := ask(server, "/readyz")).status_code == 200:
            pass
        assert answer.json() == {"status": "draining"}
        assert ask(server, "/healthz").status_code == 200
        with RawSocket(server.port) as late:
            refused = late.upgrade()
            assert refused.status == 503
            assert int(refused.headers["retry-after"]) > 0
        host.say(id=32, type="comment.send", room=ROOM, data={"text": "still here"})
        assert [host.hear("ack")["id"] for _ in range(31)] == list(range(2, 33))
        # All listen at the same time: read one after the other, each would seem to close when its turn comes.
        with ThreadPoolExecutor(CROWD) as listeners:
            closed_at = list(listeners.map(listen_to_the_end, crowd))
        assert max(closed_at) - min(closed_at) > 0.2
        assert unsaid.read_close()[0] in (4000, 4408)
        server.process.wait(LONGEST_S + SLACK_S)
        assert time.monotonic() - started < LONGEST_S + SLACK_S


def test_clients_are_told_where_to_go_and_when_spread_over_the_drain() -> None:
    """Each its own `after_ms`; who leaves in time is not closed by force, and the process does not wait any longer."""
    with draining_within(60, LIVEROOM_DRAIN_URL=WHERE) as server:
        sockets = [connect(server.port, rooms=[ROOM]) for _ in range(CROWD)]
        started = time.monotonic()
        server.process.terminate()
        told = [raw.hear("reconnect") for raw in sockets]
        assert {each["url"] for each in told} == {WHERE}
        delays = [each["after_ms"] for each in told]
        assert all(0 <= delay <= 60_000 for delay in delays)
        assert len(set(delays)) > 5
        for raw in sockets:
            raw.close()
            assert raw.read_close()[0] == 1000
            raw.socket.close()
        server.process.wait(30)
        assert time.monotonic() - started < 30
