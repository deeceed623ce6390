"""Who does not answer is left alone for a while, then tried once."""

from __future__ import annotations

from liveroom.rooms.webhooks.breaker import FAILURES, PAUSE_MOST_S, PAUSE_S, Breaker


def broken(now_s: float = 0.0) -> Breaker:
    """One that has just given up."""
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.admit(now_s)
        breaker.failed(now_s)
    return breaker


def test_it_takes_several_failures_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(10):
        for _ in range(FAILURES - 1):
            breaker.failed(0.0)
        breaker.succeeded()
    assert not breaker.is_open(0.0)
    assert broken().is_open(0.0)


def test_after_the_pause_one_try_is_let_through_and_decides() -> None:
    breaker = broken()
    assert not breaker.admit(PAUSE_S - 0.01)
    assert breaker.admit(PAUSE_S)
    assert not breaker.admit(PAUSE_S), "one at a time"
    breaker.succeeded()
    assert breaker.admit(PAUSE_S)


def test_the_pause_doubles_up_to_its_bound() -> None:
    breaker, now_s, pauses = broken(), 0.0, []
    for _ in range(8):
        start_s = now_s
        while not breaker.admit(now_s):
            now_s += 0.5
        pauses.append(now_s - start_s)
        breaker.failed(now_s)
    assert pauses[:4] == [1.0, 2.0, 4.0, 8.0]
    assert max(pauses) == PAUSE_MOST_S


def test_those_who_were_asked_before_do_not_make_the_pause_longer() -> None:
    breaker = broken()
    for _ in range(50):
        breaker.failed(0.5)
    assert breaker.admit(PAUSE_S)
