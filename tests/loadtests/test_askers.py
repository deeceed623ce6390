"""Every question is counted from when it was due to when the host first hears of it, and no other one is."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import orjson
import pytest
from websockets.frames import Frame
from websockets.protocol import State
from websockets.server import ServerProtocol

from liveroom.rooms.rules.question_likeness import is_same, read
from liveroom.rooms.rules.questions import looks_like_question
from loadtests.bench.askers import Askers
from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import TEXT
from tests.loadtests.rooms import write

Seats = tuple[Askers, socket.socket, socket.socket]


@pytest.fixture
def seats() -> Iterator[Seats]:
    """A viewer who asks and the host: the server's ends of their sockets."""
    askers, ends = Askers("bench"), []
    for asks in (True, False):
        seat, end = socket.socketpair()
        seat.setblocking(False)
        askers.add(seat, b"", asks=asks)
        ends.append(end)
    yield askers, ends[0], ends[1]
    askers.close()
    for end in ends:
        end.close()


def asked(viewer: socket.socket) -> list[str]:
    """The questions that the server has got."""
    server = ServerProtocol(state=State.OPEN)
    server.receive_data(viewer.recv(65_536))
    frames = [event for event in server.events_received() if isinstance(event, Frame)]
    return [orjson.loads(frame.data)["data"]["text"] for frame in frames]


def tell(askers: Askers, end: socket.socket, text: str, kind: str = "question.changed") -> None:
    """The server tells somebody of a question."""
    told = {"type": "private", "room": "bench", "kind": kind, "ts": 1, "data": {"question": {"text": text}}}
    end.send(write(TEXT, orjson.dumps(told)))
    askers.serve()


def test_a_question_is_heard_once_by_the_host_and_counted_from_when_it_was_due(seats: Seats) -> None:
    askers, viewer, host = seats
    now = time.monotonic_ns()
    askers.count_from(now - 50_000_000)
    askers.ask(0, now - 60_000_000)
    askers.ask(1, now - 40_000_000)
    early, counted = asked(viewer)
    tell(askers, viewer, counted, "question.progressed")
    assert (askers.asked, askers.heard, askers.unheard) == (1, 0, 2), "the asker is told, too; that is not the host"
    for text in (early, counted, counted):
        tell(askers, host, text)
    assert (askers.heard, askers.unheard, askers.latency.count) == (1, 0, 1)
    assert 40 <= askers.latency.percentile_ms(50) < 60_000


def test_all_are_questions_and_no_two_ask_the_same(seats: Seats) -> None:
    askers, viewer, _ = seats
    for number in range(40):
        askers.ask(number, 0)
    texts = asked(viewer)
    assert all(map(looks_like_question, texts))
    likenesses = [read(text) for text in texts]
    assert not any(is_same(one, other) for at, one in enumerate(likenesses) for other in likenesses[:at])


def test_a_refusal_is_counted_and_a_lost_connection_ends_the_run(seats: Seats) -> None:
    askers, viewer, _ = seats
    viewer.send(write(TEXT, orjson.dumps({"type": "error", "id": 2, "error": {"code": "rate_limited"}})))
    askers.serve()
    assert askers.refusals == {"rate_limited": 1}
    viewer.close()
    with pytest.raises(ServerFailed, match="closed"):
        askers.serve()
