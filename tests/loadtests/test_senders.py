"""Speakers follow the plan whatever the server does, and say how far they fell behind it."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from loadtests.bench.dialects import LiveDialect
from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import CLOSE, TEXT
from loadtests.bench.messages import TextMaker
from loadtests.bench.schedule import Schedule
from loadtests.bench.senders import SpeakerPool
from tests.loadtests.rooms import write

SECOND = 1_000_000_000


@pytest.fixture
def room() -> Iterator[tuple[SpeakerPool, list[socket.socket]]]:
    """Two speakers and the server's ends of their sockets."""
    pool, ends = SpeakerPool(LiveDialect("r"), TextMaker(1)), []
    for _ in range(2):
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        pool.add(theirs, b"")
        ends.append(ours)
    yield pool, ends
    pool.close()
    for end in ends:
        end.close()


def test_everything_due_is_said_even_when_late_and_the_lag_is_recorded(
    room: tuple[SpeakerPool, list[socket.socket]],
) -> None:
    pool, _ = room
    schedule = Schedule(10, 0, SECOND, 1)
    pool.send_due(schedule, SECOND // 2)
    assert 4 <= len(pool.sent_ns) <= 6
    assert pool.lag.percentile_ms(100) > 400
    pool.send_due(schedule, 2 * SECOND)
    assert len(pool.sent_ns) == 10
    assert pool.sent_ns == sorted(pool.sent_ns)


def test_speakers_take_turns(room: tuple[SpeakerPool, list[socket.socket]]) -> None:
    pool, ends = room
    pool.send_due(Schedule(4, 0, SECOND, 1), SECOND)
    sizes = [len(end.recv(65_536)) for end in ends]
    assert sizes[0] == sizes[1] > 2 * 200


def test_answers_and_refusals_are_counted_apart(room: tuple[SpeakerPool, list[socket.socket]]) -> None:
    pool, ends = room
    ends[0].send(write(TEXT, b'{"type":"ack","id":2}') + write(TEXT, b'{"type":"latest","room":"r","values":{}}'))
    ends[1].send(write(TEXT, b'{"type":"error","id":2,"error":{"code":"room_not_open"}}'))
    pool.serve()
    assert pool.answers == 1
    assert pool.refusals == {"room_not_open": 1}


def test_a_server_that_does_not_read_does_not_hold_the_plan_up(
    room: tuple[SpeakerPool, list[socket.socket]],
) -> None:
    pool, ends = room
    pool.send_due(Schedule(20_000, 0, SECOND, 1), SECOND)
    assert len(pool.sent_ns) == 20_000
    received = 0
    while received < 20_000 * 200:
        for end in ends:
            end.setblocking(False)
            try:
                received += len(end.recv(1_048_576))
            except BlockingIOError:
                continue
        ends[0].send(write(TEXT, b'{"type":"ack","id":2}'))
        pool.serve()


def test_a_server_that_never_reads_ends_the_run(
    room: tuple[SpeakerPool, list[socket.socket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loadtests.bench.senders.BACKLOG_BYTES", 10_000)
    pool, _ = room
    with pytest.raises(ServerFailed, match="has not read"):
        pool.send_due(Schedule(20_000, 0, SECOND, 1), SECOND)


def test_a_speaker_that_is_cut_off_ends_the_run(room: tuple[SpeakerPool, list[socket.socket]]) -> None:
    pool, ends = room
    ends[0].send(write(CLOSE, (4403).to_bytes(2, "big") + b"banned"))
    with pytest.raises(ServerFailed, match="banned"):
        pool.serve()
    ends[1].close()
    with pytest.raises(ServerFailed):
        pool.serve()
