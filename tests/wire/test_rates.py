"""Above the limits: told first, closed when it goes on."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.support.raw_socket import PING, ConnectedSocket, connect, make_frame, make_text
from tests.support.server import Server
from tests.wire.conftest import ROOM

BURST, PER_S = 5, 1
"""Comments of a person."""
JOINS_BURST, JOINS_PER_S = 20, 5


def comment(number: int) -> dict[str, Any]:
    """A good comment with this id."""
    return {"id": number, "type": "comment.send", "room": ROOM, "data": {"text": "hi"}}


def hear_answers(raw: ConnectedSocket, count: int) -> list[str]:
    """`ack`, or the code of the refusal, for so many commands."""
    found: list[str] = []
    while len(found) < count:
        message = json.loads(raw.read_frame().payload)
        if message["type"] in ("ack", "error"):
            found.append(message["error"]["code"] if message["type"] == "error" else "ack")
    return found


def test_a_user_above_the_rate_of_a_command_is_told_when_to_come_back(server: Server) -> None:
    """Comments: 5 at once, then one a second."""
    with connect(server.port, server.token("chatty"), [ROOM]) as raw:
        raw.send(b"".join(make_text(comment(number)) for number in range(2, 32)))
        refused = raw.hear("error")
    assert refused["error"]["code"] == "rate_limited"
    assert refused["error"]["retryable"] is True
    assert 0 < refused["error"]["retry_after_ms"] <= 5_000


def test_the_rate_holds_for_a_user_over_all_connections(server: Server) -> None:
    """A second socket is no second allowance: both together have one burst, and what time has added meanwhile."""
    token, many = server.token("two_sockets"), range(2, 22)
    with connect(server.port, token, [ROOM]) as first, connect(server.port, token, [ROOM]) as second:
        started = time.monotonic()
        for raw in (first, second):
            raw.send(b"".join(make_text(comment(number)) for number in many))
        answers = [answer for raw in (first, second) for answer in hear_answers(raw, len(many))]
    taken = answers.count("ack")
    assert BURST <= taken <= BURST + PER_S * (time.monotonic() - started) + 1
    assert answers.count("rate_limited") == len(answers) - taken


def test_joins_have_a_rate_of_their_own(server: Server) -> None:
    """As declared beside `room.join`, although the connection carries it out itself."""
    with connect(server.port, server.token("hopper")) as raw:
        started = time.monotonic()
        raw.send(b"".join(make_text({"id": n, "type": "room.join", "room": "nowhere"}) for n in range(2, 27)))
        seen = hear_answers(raw, 25)
    carried_out = seen.count("room_not_found")
    assert JOINS_BURST <= carried_out <= JOINS_BURST + JOINS_PER_S * (time.monotonic() - started) + 1
    assert seen.count("rate_limited") == 25 - carried_out


def test_who_goes_on_above_the_rate_is_closed_with_4101(guest: ConnectedSocket) -> None:
    """40 at once are allowed, some 30 excesses are answered."""
    guest.send(make_text({"type": "ping", "id": 1}) * 150)
    assert guest.hear("error")["error"]["code"] == "rate_limited"
    goodbye = guest.hear("disconnect")
    assert goodbye["code"] == 4101
    assert goodbye["reconnect"] is True
    assert goodbye["retry_after_ms"] >= 1_000
    assert guest.read_close()[0] == 4101


@pytest.mark.parametrize("message", [b'{"type":"pong","t":1}', b'{"type":"pong","t":9007199254740993}'])
def test_pongs_are_not_free(guest: ConnectedSocket, message: bytes) -> None:
    """Nobody asked for a thousand of them."""
    guest.send(make_text(message) * 200)
    assert guest.read_close()[0] == 4101


def test_who_keeps_sending_what_cannot_be_read_is_closed_with_4400(guest: ConnectedSocket) -> None:
    """Told some thirty times."""
    guest.send(make_text(b"{") * 60)
    assert guest.hear("error")["error"]["code"] == "bad_json"
    assert guest.hear("disconnect")["code"] == 4400
    assert guest.read_close()[0] == 4400


def test_large_faulty_messages_count_more(guest: ConnectedSocket) -> None:
    """Finding what is wrong with 60 KB is work; it is not done thirty times."""
    faulty = json.dumps({"type": "ping", "x": ["y"] * 12_000}).encode()
    guest.send(make_text(faulty) * 4)
    assert guest.read_close()[0] == 4400


def test_control_frames_have_a_limit(guest: ConnectedSocket) -> None:
    """Pings are answered, thousands of them are not."""
    assert guest.fails(make_frame(PING) * 5_000) == 4101
