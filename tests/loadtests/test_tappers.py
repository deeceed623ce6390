"""Every tap is counted from when it was due, and answers that contradict each other are found."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from websockets.frames import Frame
from websockets.protocol import State
from websockets.server import ServerProtocol

from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import CLOSE, PING, TEXT
from loadtests.bench.tappers import Tappers
from tests.loadtests.rooms import write


@pytest.fixture
def seats() -> Iterator[tuple[Tappers, list[socket.socket]]]:
    """Two sockets that tap, and the server's ends of them."""
    tappers, ends = Tappers("bench", "taps"), []
    for _ in range(2):
        seat, end = socket.socketpair()
        seat.setblocking(False)
        tappers.add(seat, b"")
        ends.append(end)
    yield tappers, ends
    tappers.close()
    for end in ends:
        end.close()


def answer(tappers: Tappers, end: socket.socket, number: int, outcome: str) -> None:
    """The server answers the command of this number."""
    end.send(write(TEXT, orjson.dumps({"type": "ack", "id": number, "data": {"outcome": outcome}})))
    tappers.serve()


def read_commands(end: socket.socket) -> list[dict[str, Any]]:
    """What has come to the server, as a library of WebSockets reads it."""
    server = ServerProtocol(state=State.OPEN)
    server.receive_data(end.recv(65_536))
    return [orjson.loads(frame.data) for frame in server.events_received() if isinstance(frame, Frame)]


def test_taps_go_round_and_have_keys_of_their_own(seats: tuple[Tappers, list[socket.socket]]) -> None:
    tappers, ends = seats
    for count in range(4):
        tappers.tap(count, time.monotonic_ns())
    commands = [command for end in ends for command in read_commands(end)]
    assert [command["id"] for command in commands] == [2, 3, 2, 3]
    assert len({command["key"] for command in commands}) == 4
    assert tappers.unanswered == 4


def test_an_answer_counts_from_when_its_tap_was_due(seats: tuple[Tappers, list[socket.socket]]) -> None:
    tappers, ends = seats
    tappers.tap(0, time.monotonic_ns() - 2_000_000_000)
    answer(tappers, ends[0], 2, "granted")
    assert tappers.unanswered == 0
    assert tappers.outcomes == {"granted": 1}
    assert tappers.latency.percentile_ms(50) >= 1_900


@pytest.mark.parametrize(
    ("outcomes", "untrue"),
    [
        (("granted", "already_claimed"), 0),
        (("sold_out", "sold_out"), 0),
        (("granted", "granted"), 1),
        (("already_claimed", "sold_out"), 1),
        (("sold_out", "granted"), 1),
    ],
)
def test_answers_that_contradict_each_other_are_found(
    seats: tuple[Tappers, list[socket.socket]], outcomes: tuple[str, str], untrue: int
) -> None:
    tappers, ends = seats
    for turn, outcome in enumerate(outcomes):
        tappers.tap(2 * turn, time.monotonic_ns())
        answer(tappers, ends[0], 2 + turn, outcome)
    assert tappers.count_untrue() == untrue


def test_pings_are_answered_and_a_text_that_came_in_two_parts_is_whole(
    seats: tuple[Tappers, list[socket.socket]],
) -> None:
    tappers, ends = seats
    ping = write(TEXT, b'{"type":"ping","t":7}')
    ends[0].send(write(PING, b"there?") + ping[:5])
    tappers.serve()
    ends[0].send(ping[5:])
    tappers.serve()
    server = ServerProtocol(state=State.OPEN)
    server.receive_data(ends[0].recv(65_536))
    frames = [event for event in server.events_received() if isinstance(event, Frame)]
    assert [frame.data for frame in frames] == [b"there?", b'{"type":"pong","t":7}']


def test_a_viewer_whom_the_server_closes_ends_the_run(seats: tuple[Tappers, list[socket.socket]]) -> None:
    tappers, ends = seats
    ends[1].send(write(CLOSE, b"\x03\xf3going away"))
    with pytest.raises(ServerFailed, match="closed a viewer who taps: b'going away'"):
        tappers.serve()


def test_an_answer_to_nothing_ends_the_run(seats: tuple[Tappers, list[socket.socket]]) -> None:
    tappers, ends = seats
    with pytest.raises(ServerFailed):
        answer(tappers, ends[0], 9, "granted")
