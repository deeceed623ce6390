"""A pipeline keeps its depth, matches every answer to its command, and counts refusals apart."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from loadtests.bench.errors import ServerFailed
from loadtests.bench.frames import TEXT
from loadtests.bench.pipeline import Pipeline, Tally
from tests.loadtests.rooms import write


@pytest.fixture
def line() -> Iterator[tuple[Pipeline, socket.socket]]:
    """A pipeline three commands deep, filled, and the server's end."""
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    pipeline = Pipeline(theirs, 3, b"")
    pipeline.fill(lambda number: b"%d" % number)
    yield pipeline, ours
    theirs.close()
    ours.close()


def test_answers_make_room_for_as_many_commands(line: tuple[Pipeline, socket.socket]) -> None:
    pipeline, server = line
    tally = Tally()
    assert pipeline.unanswered == 3
    server.send(write(TEXT, b'{"type":"ack","id":3}') + write(TEXT, b'{"type":"ack","id":2}'))
    pipeline.hear(tally)
    assert (tally.answers, pipeline.unanswered, tally.latency.count) == (2, 1, 2)
    pipeline.fill(lambda number: b"%d" % number)
    assert pipeline.unanswered == 3


def test_a_refusal_is_an_answer_but_not_a_success(line: tuple[Pipeline, socket.socket]) -> None:
    pipeline, server = line
    tally = Tally()
    server.send(write(TEXT, b'{"type":"error","id":2,"error":{"code":"rate_limited"}}'))
    pipeline.hear(tally)
    assert (tally.answers, dict(tally.refusals), pipeline.unanswered) == (0, {"rate_limited": 1}, 2)


def test_an_answer_nobody_waits_for_ends_the_run(line: tuple[Pipeline, socket.socket]) -> None:
    pipeline, server = line
    server.send(write(TEXT, b'{"type":"ack","id":99}'))
    with pytest.raises(ServerFailed, match="nobody waits for"):
        pipeline.hear(Tally())


def test_events_between_the_answers_are_passed_over(line: tuple[Pipeline, socket.socket]) -> None:
    pipeline, server = line
    tally = Tally()
    server.send(
        write(TEXT, b'{"type":"events","room":"r","seq":1,"events":[{}]}') + write(TEXT, b'{"type":"ack","id":2}')
    )
    pipeline.hear(tally)
    assert (tally.answers, pipeline.unanswered) == (1, 2)
