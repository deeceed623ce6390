"""SIGTERM: clients are moved away, accepted commands are answered, and the process ends by itself in time (R11).

How the closing of those who stay is spread is looked at on a clock that leaps: `tests/server/test_drain.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx

from tests.support.raw_socket import ConnectedSocket, RawSocket, connect, make_text, open_socket
from tests.support.server import PLAIN, Server, running_server

ROOM = "drained"
WHERE = "wss://live.example.org/ws"
LONG_S = 600
"""For drains that are over as soon as everybody has left: far longer than a test waits for that."""
PATIENCE_S = 60
CROWD = 20


@contextmanager
def draining_within(drain_s: int, **settings: str) -> Iterator[Server]:
    """A server with a room, which moves its clients away in this time; its end is checked for faults and status 0."""
    with running_server(LIVEROOM_DRAIN_S=str(drain_s), **settings) as server:
        server.create_room(ROOM)
        yield server


def ask(server: Server, path: str) -> httpx.Response:
    """One GET."""
    return httpx.get(f"{server.address}{path}", timeout=PATIENCE_S, verify=PLAIN)


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


def test_a_node_that_drains_answers_what_it_accepted_and_takes_nobody_in() -> None:
    """Commands in flight in the moment of the signal have an ack; /readyz and new handshakes say 503.

    However long that takes: the drain is a long one, and over when the last of them has left.
    """
    limits = {"LIVEROOM_COMMANDS_PER_S": "1000", "LIVEROOM_COMMANDS_BURST": "1000"}
    with draining_within(LONG_S, **limits) as server:
        with connect(server.port, server.token("host", role="host", rooms=[ROOM]), [ROOM]) as host:
            host.send(comments(2, 17))
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
        server.process.wait(PATIENCE_S)


def test_a_node_that_drains_closes_who_stays_and_ends_all_the_same() -> None:
    """With peers that hold on to it for ever, and nothing is a fault."""
    with draining_within(1) as server, ExitStack() as stack:
        host = stack.enter_context(connect(server.port, server.token("host", role="host", rooms=[ROOM]), [ROOM]))
        add_stuck_peers(server, host, stack)
        crowd = [stack.enter_context(connect(server.port, rooms=[ROOM])) for _ in range(CROWD)]
        unsaid = stack.enter_context(open_socket(server.port))
        server.process.terminate()
        for raw in crowd:
            goodbye = raw.hear("disconnect")
            assert (goodbye["code"], goodbye["reconnect"]) == (4000, True)
            assert raw.read_close()[0] == 4000
            raw.close()
        assert unsaid.read_close()[0] in (4000, 4408)
        server.process.wait(PATIENCE_S)


def test_clients_are_told_where_to_go_and_when_spread_over_the_drain() -> None:
    """Each its own `after_ms`; who leaves in time is not closed by force, and the process does not wait any longer."""
    with draining_within(LONG_S, LIVEROOM_DRAIN_URL=WHERE) as server:
        sockets = [connect(server.port, rooms=[ROOM]) for _ in range(CROWD)]
        server.process.terminate()
        told = [raw.hear("reconnect") for raw in sockets]
        assert {each["url"] for each in told} == {WHERE}
        delays = [each["after_ms"] for each in told]
        assert all(0 <= delay <= LONG_S * 1000 for delay in delays)
        assert len(set(delays)) > 5
        for raw in sockets:
            raw.close()
            assert raw.read_close()[0] == 1000
            raw.socket.close()
        server.process.wait(PATIENCE_S)
