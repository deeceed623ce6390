"""A token counts for as long as it lasts, also on a socket that is open (L2)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.raw_socket import ConnectedSocket, connect, open_socket
from tests.support.time_machine import TimeMachine, running_time_machine

LEEWAY_S = 5


@pytest.fixture
def machine() -> Iterator[TimeMachine]:
    """A server of its own for each test: everybody's time leaps, never over a heartbeat, whose ping nobody answers."""
    with running_time_machine(heartbeat_s=300) as machine:
        yield machine


def leap(machine: TimeMachine, raw: ConnectedSocket, seconds: int) -> None:
    """Move on, and say something."""
    machine.leap(seconds)
    raw.say(type="ping", id=77)


def test_the_end_of_a_token_is_told_a_minute_before_and_closes_with_4003(machine: TimeMachine) -> None:
    """`token.expiring`, then the close that says: refresh first, then come back."""
    with connect(machine.port, machine.token("short", lifetime_s=200)) as raw:
        assert raw.connected["token_expires_at"] > machine.clock.now_ms() + 190_000
        leap(machine, raw, 200 + LEEWAY_S - 62)
        raw.hear("pong")
        machine.leap(3)
        told = raw.hear("private")["events"][0]
        assert (told["kind"], told["data"]["expires_at"]) == ("token.expiring", raw.connected["token_expires_at"])
        leap(machine, raw, 57)
        raw.hear("pong")
        machine.leap(4)
        goodbye = raw.hear("disconnect")
        assert (goodbye["code"], goodbye["reconnect"]) == (4003, True)
        assert raw.read_close()[0] == 4003


def test_a_token_that_ends_within_a_minute_is_told_at_once(machine: TimeMachine) -> None:
    """Right behind `connected`."""
    with connect(machine.port, machine.token("brief", lifetime_s=30)) as raw:
        assert raw.hear("private")["events"][0]["kind"] == "token.expiring"


def test_a_refreshed_token_keeps_the_connection(machine: TimeMachine) -> None:
    """The end of the first one passes unnoticed; the end of the second one counts."""
    with connect(machine.port, machine.token("staying", lifetime_s=100)) as raw:
        machine.leap(60)
        assert raw.hear("private")["events"][0]["kind"] == "token.expiring"
        raw.say(id=2, type="auth.refresh", data={"token": machine.token("staying", lifetime_s=210)})
        ack = raw.hear("ack")
        assert ack["data"]["token_expires_at"] > raw.connected["token_expires_at"]
        leap(machine, raw, 160)
        raw.hear("pong")
        machine.leap(60)
        assert raw.read_close()[0] == 4003


@pytest.mark.parametrize("wrong", ["other", "expired", "noise"])
def test_a_refresh_that_is_not_accepted_changes_nothing(machine: TimeMachine, wrong: str) -> None:
    """Another user's token, an old one, or none: a typed error, and the connection goes on until its own end."""
    expired = machine.token("me", lifetime_s=10)
    machine.leap(20)
    tokens = {"other": machine.token("somebody"), "expired": expired, "noise": "a.b.c"}
    with connect(machine.port, machine.token("me", lifetime_s=100)) as raw:
        raw.say(id=2, type="auth.refresh", data={"token": tokens[wrong]})
        answer = raw.hear("error")
        assert (answer["id"], answer["error"]["code"]) == (
            2,
            "token_expired" if wrong == "expired" else "invalid_token",
        )
        raw.say(id=3, type="ping")
        assert raw.hear("pong")["id"] == 3
        machine.leap(110)
        assert raw.read_close()[0] == 4003


def test_an_expired_token_cannot_connect(machine: TimeMachine) -> None:
    """Closed with 4003, so that the client fetches a new one and returns."""
    token = machine.token("late", lifetime_s=10)
    machine.leap(10 + LEEWAY_S + 1)
    with open_socket(machine.port) as raw:
        raw.say(type="connect", id=1, token=token)
        assert raw.hear("error")["error"]["code"] == "token_expired"
        assert raw.read_close()[0] == 4003


def test_connections_that_are_gone_are_soon_forgotten(machine: TimeMachine) -> None:
    """A token that is good for an hour does not keep a closed socket in memory for an hour."""
    import gc

    from liveroom.realtime.connection import Connection

    for number in range(20):
        with connect(machine.port, machine.token(f"gone{number}", lifetime_s=3600)) as raw:
            raw.close()
            raw.read_close()
            raw.read_end()
    with connect(machine.port) as raw:
        for _ in range(2):
            machine.leap(40)
        gc.collect()
        known = [each for each in gc.get_objects() if isinstance(each, Connection)]
        assert len(known) < 5
