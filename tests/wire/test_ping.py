"""The client's question whether the server lives."""

from __future__ import annotations

from tests.support.raw_socket import connect, make_text
from tests.support.server import Server
from tests.wire.conftest import ROOM


def test_a_ping_is_answered_before_the_commands_that_wait(server: Server) -> None:
    """With or without an id: a server that is slow with its work is not taken for a dead one."""
    comment = {"id": 2, "type": "comment.send", "room": ROOM, "data": {"text": "hi"}}
    with connect(server.port, server.token("asking"), [ROOM]) as raw:
        raw.send(make_text(comment) + make_text({"type": "ping"}) + make_text({"type": "ping", "id": 3}))
        answers = [raw.hear("pong"), raw.hear("pong")]
        raw.hear("ack")  # it would have been passed over above
    assert [answer.get("id") for answer in answers] == [None, 3]
