"""A newcomer without a welcome or a card is counted, and one who is cut off ends the run."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from loadtests.bench.errors import ProtocolFault
from loadtests.bench.frames import TEXT
from loadtests.bench.newcomers import Newcomers
from tests.loadtests.rooms import write

WELCOME = write(TEXT, b'{"type":"private","room":"r","events":[{"kind":"welcome.shown","ts":1,"data":{}}]}')
CARD = write(TEXT, b'{"type":"private","room":"r","events":[{"kind":"value_card.shown","ts":1,"data":{}}]}')
STAY_S = 60
LATER = 2 * STAY_S * 1_000_000_000


@pytest.fixture
def crowd() -> Iterator[tuple[Newcomers, list[socket.socket]]]:
    """Three newcomers who have just been answered, and the server's ends of their sockets."""
    newcomers, ends = Newcomers(stay_s=STAY_S), []
    for _ in range(3):
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        newcomers.add(theirs, time.monotonic_ns(), b"")
        ends.append(ours)
    yield newcomers, ends
    newcomers.close()
    for end in ends:
        end.close()


def test_who_misses_what_is_known_when_they_leave(crowd: tuple[Newcomers, list[socket.socket]]) -> None:
    newcomers, ends = crowd
    ends[0].send(WELCOME + CARD)
    ends[1].send(WELCOME)
    newcomers.serve()
    assert (newcomers.answers.count, newcomers.welcomes.count, newcomers.cards.count) == (3, 2, 1)
    newcomers.let_go(time.monotonic_ns())
    assert newcomers.present == 3
    newcomers.let_go(time.monotonic_ns() + LATER)
    assert (newcomers.present, newcomers.without_welcome, newcomers.without_card) == (0, 1, 2)


def test_a_welcome_behind_the_answer_or_cut_in_two_counts_once(crowd: tuple[Newcomers, list[socket.socket]]) -> None:
    newcomers, ends = crowd
    ends[0].send(WELCOME[:20])
    newcomers.serve()
    ends[0].send(WELCOME[20:] + WELCOME)
    newcomers.serve()
    assert newcomers.welcomes.count == 1


def test_a_comment_about_a_welcome_is_none(crowd: tuple[Newcomers, list[socket.socket]]) -> None:
    newcomers, ends = crowd
    ends[0].send(write(TEXT, b'{"type":"events","room":"r","seq":1,"events":[{"kind":"welcome.shown"}]}'))
    newcomers.serve()
    assert newcomers.welcomes.count == 0


def test_the_warm_up_does_not_count_for_latency(crowd: tuple[Newcomers, list[socket.socket]]) -> None:
    newcomers, ends = crowd
    newcomers.count_from(time.monotonic_ns() + LATER)
    ends[0].send(WELCOME + CARD)
    newcomers.serve()
    assert (newcomers.welcomes.count, newcomers.cards.count) == (0, 0)


def test_a_newcomer_who_is_cut_off_ends_the_run(crowd: tuple[Newcomers, list[socket.socket]]) -> None:
    newcomers, ends = crowd
    ends[1].close()
    with pytest.raises(ProtocolFault, match="closed the connection of a newcomer"):
        newcomers.serve()
