"""What somebody may send who has not said who they are, and what a newer token takes away again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from liveroom.realtime.dialogue import CONNECT_BYTES
from tests.support.raw_socket import ConnectedSocket, RawSocket, connect, make_text
from tests.support.server import Server
from tests.wire.conftest import ROOM


def padded(size_bytes: int) -> bytes:
    """A `connect` of exactly this size, filled up with white space."""
    message = json.dumps({"type": "connect", "id": 1}).encode()
    return message[:-1] + b" " * (size_bytes - len(message)) + b"}"


def test_a_connect_of_the_largest_size_is_taken(raw: RawSocket) -> None:
    """16 KiB: a token and sixteen rooms fit twice."""
    raw.send(make_text(padded(CONNECT_BYTES)))
    assert raw.hear("connected")["id"] == 1


@pytest.mark.parametrize("size_bytes", [CONNECT_BYTES + 1, 65_536])
def test_a_larger_one_closes_with_4413(raw: RawSocket, size_bytes: int) -> None:
    """Told in `disconnect`, since browsers hide the code; not to come back by itself."""
    raw.send(make_text(padded(size_bytes)))
    goodbye = raw.hear("disconnect")
    assert (goodbye["code"], goodbye["reconnect"]) == (4413, False)
    assert str(CONNECT_BYTES) in goodbye["reason"]
    assert raw.read_close()[0] == 4413


def test_after_connect_the_ordinary_size_holds(guest: ConnectedSocket) -> None:
    guest.send(make_text(b'{"type":"ping","id":2' + b" " * 60_000 + b"}"))
    assert guest.hear("pong")["id"] == 2


def refresh(raw: ConnectedSocket, token: str) -> dict[str, Any]:
    """Send a newer token; gives the answer and what came before it."""
    raw.say(id=50, type="auth.refresh", data={"token": token})
    heard = []
    while (message := json.loads(raw.read_frame().payload)).get("id") != 50:
        heard.append(message)
    assert message["type"] == "ack", message
    return {message["type"]: message for message in heard}


def test_a_token_for_other_rooms_takes_a_viewer_out(server: Server) -> None:
    """`left`, and what is said there is heard no more; the rooms it still names stay."""
    other = server.create_room("still_allowed")
    with connect(server.port, server.token("moving"), [ROOM, other]) as raw:
        left = refresh(raw, server.token("moving", rooms=[other]))["left"]
        assert (left["room"], left["code"]) == (ROOM, "forbidden")
        for number, (room, type_) in enumerate(((ROOM, "error"), (other, "ack")), 60):
            raw.say(id=number, type="comment.send", room=room, data={"text": "hi"})
            answer = raw.hear(type_)
            assert answer["id"] == number
            assert type_ == "ack" or answer["error"]["code"] == "not_joined"
        raw.say(id=70, type="room.join", room=ROOM)
        assert raw.hear("error")["error"]["code"] == "forbidden"


@pytest.mark.parametrize(("before", "now"), [("moderator", "viewer"), ("viewer", "moderator")])
def test_another_role_means_entering_anew(server: Server, before: str, now: str) -> None:
    """`resync` with the reason `role`; after the next join the new role holds."""
    room = server.create_room(f"from_{before}")
    rooms = {"moderator": [room], "viewer": None}
    with connect(server.port, server.token("changing", role=before, rooms=rooms[before]), [room]) as raw:
        assert refresh(raw, server.token("changing", role=now, rooms=rooms[now]))["resync"] == {
            "type": "resync",
            "room": room,
            "reason": "role",
        }
        raw.say(id=60, type="user.ban", room=room, data={"user_id": "somebody"})
        assert raw.hear("error")["error"]["code"] == "not_joined"
        raw.say(id=61, type="room.join", room=room)
        assert raw.hear("ack")["data"]["me"]["user"]["role"] == now
        raw.say(id=62, type="user.ban", room=room, data={"user_id": "somebody"})
        answer = raw.hear("ack" if now == "moderator" else "error")
        assert answer["id"] == 62


def test_the_same_rights_change_nothing(server: Server) -> None:
    with connect(server.port, server.token("steady"), [ROOM]) as raw:
        assert not {"left", "resync"} & set(refresh(raw, server.token("steady")))
        raw.say(id=60, type="comment.send", room=ROOM, data={"text": "hi"})
        assert raw.hear("ack")["id"] == 60
