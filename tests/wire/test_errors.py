"""Every message that is not right gets its documented error, names the field, and never reaches the log (L36)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.raw_socket import ConnectedSocket, RawSocket, connect, make_text, open_socket
from tests.support.server import Server
from tests.wire.conftest import ROOM


@pytest.fixture
def viewer(server: Server) -> Iterator[ConnectedSocket]:
    """A viewer in the room."""
    with connect(server.port, server.token("errors"), [ROOM]) as raw:
        yield raw


def comment(**changed: Any) -> dict[str, Any]:
    """A good comment, with changes."""
    return {"id": 2, "type": "comment.send", "room": ROOM, "data": {"text": "hi"}} | changed


NOT_READABLE = [
    b"",
    b" ",
    b"{",
    b"}",
    b"null",
    b"17",
    b'"text"',
    b"[]",
    b"[{}]",
    b"{'type':'ping'}",
    b'{"type":"ping"} {"type":"ping"}',
    b'{"type":"ping",}',
    b'{"type":"ping","id":NaN}',
    b'{"type":"ping","id":Infinity}',
    b'{"type":"ping","id":' + b"9" * 10_000 + b"}",
    b'{"type":"ping","id":01}',
    b'{"type":"\\ud800"}',
    b'{"type":"ping\n"}',
    b"\xef\xbb\xbf{}",
    b"{" * 8,
    b'"' * 1_001,
]


@pytest.mark.parametrize("message", NOT_READABLE)
def test_what_is_not_a_json_object_is_answered_with_bad_json(viewer: ConnectedSocket, message: bytes) -> None:
    """Without an id, since none could be read; the connection goes on."""
    viewer.send(make_text(message))
    answer = viewer.hear("error")
    assert answer["error"]["code"] == "bad_json"
    assert answer["error"]["retryable"] is False
    assert "id" not in answer
    viewer.say(type="ping", id=3)
    assert viewer.hear("pong")["id"] == 3


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'{"type":"ping","x":['])
@pytest.mark.parametrize("depth", [9, 200, 2_000, 12_000])
def test_nesting_above_the_limit_is_answered_with_too_deep(viewer: ConnectedSocket, opening: bytes, depth: int) -> None:
    """JSON depth 8; neither a parser nor we recurse."""
    depth = min(depth, 65_000 // len(opening))
    viewer.send(make_text(opening * depth))
    assert viewer.hear("error")["error"]["code"] == "too_deep"


def test_brackets_inside_a_string_are_not_nesting(viewer: ConnectedSocket) -> None:
    """Also behind escaped quotes."""
    viewer.send(make_text(comment(extra='\\"[[[[[[[[[[[[' + "{" * 50)))
    assert viewer.hear("error")["error"]["code"] == "unknown_field"


FAULTY: list[tuple[dict[str, Any], str, str]] = [
    ({"id": 2}, "invalid_field", "type"),
    ({"id": 2, "type": 5}, "invalid_field", "type"),
    ({"id": 2, "type": None}, "invalid_field", "type"),
    ({"id": 2, "type": "comment.sent"}, "unknown_type", "type"),
    ({"id": 2, "type": ""}, "unknown_type", "type"),
    ({"id": 2, "type": "x" * 1_000}, "unknown_type", "type"),
    (comment(room=None), "invalid_field", "room"),
    (comment(room=""), "invalid_field", "room"),
    (comment(room="a b"), "invalid_field", "room"),
    (comment(room="房间"), "invalid_field", "room"),
    (comment(room="r" * 65), "invalid_field", "room"),
    (comment(room=[ROOM]), "invalid_field", "room"),
    (comment(data=None), "invalid_field", "data"),
    (comment(data=[]), "invalid_field", "data"),
    (comment(data={}), "invalid_field", "data.text"),
    (comment(data={"text": ""}), "invalid_field", "data.text"),
    (comment(data={"text": "x" * 501}), "invalid_field", "data.text"),
    (comment(data={"text": 5}), "invalid_field", "data.text"),
    (comment(data={"text": None}), "invalid_field", "data.text"),
    (comment(data={"text": "x", "colour": "red"}), "unknown_field", "data.colour"),
    (comment(data={"text": "x", "mentions": ["a"] * 11}), "invalid_field", "data.mentions"),
    (comment(data={"text": "x", "mentions": ["a", 5]}), "invalid_field", "data.mentions.1"),
    (comment(data={"text": "x", "reply_to": "c d"}), "invalid_field", "data.reply_to"),
    (comment(volume=11), "unknown_field", "volume"),
    (comment(key=""), "invalid_field", "key"),
    (comment(key="k" * 65), "invalid_field", "key"),
    (comment(key=5), "invalid_field", "key"),
    ({"id": 2, "type": "like.send", "room": ROOM, "data": {"count": 0}}, "invalid_field", "data.count"),
    ({"id": 2, "type": "like.send", "room": ROOM, "data": {"count": 51}}, "invalid_field", "data.count"),
    ({"id": 2, "type": "like.send", "room": ROOM, "data": {"count": 2.0}}, "invalid_field", "data.count"),
    ({"id": 2, "type": "like.send", "room": ROOM, "data": {"count": True}}, "invalid_field", "data.count"),
    ({"id": 2, "type": "like.send", "room": ROOM, "data": {"count": "2"}}, "invalid_field", "data.count"),
    ({"id": 2, "type": "room.join", "room": ROOM, "data": {"seq": -1}}, "invalid_field", "data.seq"),
    ({"id": 2, "type": "room.join", "room": ROOM, "data": {"seq": 2**53}}, "invalid_field", "data.seq"),
    ({"id": 2, "type": "room.join", "room": ROOM, "data": {"epoch": ""}}, "invalid_field", "data.epoch"),
    ({"id": 2, "type": "auth.refresh", "data": {}}, "invalid_field", "data.token"),
    ({"id": 2, "type": "auth.refresh", "data": {"token": "t" * 8_193}}, "invalid_field", "data.token"),
    ({"id": 2, "type": "auth.refresh", "room": ROOM, "data": {"token": "t"}}, "invalid_field", "room"),
    ({"id": 2, "type": "pong"}, "invalid_field", "t"),
    ({"type": "pong", "id": 2, "t": 1}, "unknown_field", "id"),
]


@pytest.mark.parametrize(("message", "code", "field"), FAULTY, ids=lambda value: str(value)[:60])
def test_a_fault_is_named_with_its_field(
    viewer: ConnectedSocket, message: dict[str, Any], code: str, field: str
) -> None:
    """`error {id, code, field}`, and the connection goes on."""
    viewer.say(**message)
    answer = viewer.hear("error")
    assert (answer["error"]["code"], answer["error"].get("field"), answer["id"]) == (code, field, 2)
    assert "pydantic" not in json.dumps(answer)


@pytest.mark.parametrize("number", [0, -1, 2**53, 2**63, 1.5, "1", True, [], None])
def test_an_id_out_of_its_range_is_refused_and_not_repeated(viewer: ConnectedSocket, number: Any) -> None:
    """1 … 2^53-1 (null is as good as absent)."""
    viewer.say(**comment(id=number, data={"text": ""}))
    answer = viewer.hear("error")
    assert answer["error"]["code"] == "invalid_field"
    assert "id" not in answer


SENT_TOO_EARLY = [comment(), {"type": "ping", "id": 2}, {"id": 2, "type": "room.join", "room": ROOM}]


@pytest.mark.parametrize("message", SENT_TOO_EARLY)
def test_a_command_before_connect_is_refused(raw: RawSocket, message: dict[str, Any]) -> None:
    """And `connect` is still possible."""
    raw.say(**message)
    answer = raw.hear("error")
    assert (answer["id"], answer["error"]["code"]) == (2, "connect_first")
    raw.say(type="connect", id=3)
    assert raw.hear("connected")["id"] == 3


def test_a_second_connect_is_refused(viewer: ConnectedSocket) -> None:
    """With another token it would be another person."""
    viewer.say(type="connect", id=9)
    answer = viewer.hear("error")
    assert (answer["id"], answer["error"]["code"]) == (9, "already_connected")


BAD_CONNECTS: list[tuple[dict[str, Any], str]] = [
    ({"rooms": [ROOM]}, "rooms"),
    ({"rooms": {"a b": {}}}, "rooms.a b.[key]"),
    ({"rooms": {ROOM: None}}, f"rooms.{ROOM}"),
    ({"rooms": {ROOM: {"sequence": 1}}}, f"rooms.{ROOM}.sequence"),
    ({"rooms": {f"r{number}": {} for number in range(17)}}, "rooms"),
    ({"token": 5}, "token"),
    ({"token": "t" * 8_193}, "token"),
    ({"lang": "中文"}, "lang"),
    ({"client": {"name": "n" * 65}}, "client.name"),
    ({"client": {}}, "client.name"),
    ({"password": "p"}, "password"),
]


@pytest.mark.parametrize(("changed", "field"), BAD_CONNECTS, ids=lambda value: str(value)[:60])
def test_a_faulty_connect_is_named_with_its_field_and_can_be_mended(
    raw: RawSocket, changed: dict[str, Any], field: str
) -> None:
    """A fault of form does not end the connection."""
    raw.say(type="connect", id=4, **changed)
    answer = raw.hear("error")
    assert (answer["id"], answer["error"]["field"]) == (4, field)
    raw.say(type="connect", id=5)
    assert raw.hear("connected")["id"] == 5


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_a_bad_token_closes_with_4401(raw: RawSocket, token: str) -> None:
    """First the typed error, then `disconnect`, then the close."""
    raw.say(type="connect", id=1, token=token)
    assert raw.hear("error")["error"]["code"] == "invalid_token"
    assert raw.hear("disconnect") == raw_disconnect(4401, raw)
    assert raw.read_close()[0] == 4401


def raw_disconnect(code: int, raw: RawSocket) -> Any:
    """Compares equal to a `disconnect` of this code that tells the client to stay away."""

    class Expected:
        def __eq__(self, other: object) -> bool:
            return isinstance(other, dict) and (other["code"], other["reconnect"]) == (code, False)

        __hash__ = None  # type: ignore[assignment] # never a key

    return Expected()


def test_a_room_that_cannot_be_entered_answers_in_its_place(server: Server) -> None:
    """The others are entered."""
    with connect(server.port, rooms=[ROOM, "nowhere"]) as raw:
        assert raw.connected["rooms"][ROOM]["room"] == ROOM
        assert raw.connected["rooms"]["nowhere"]["error"]["code"] == "room_not_found"


ELSEWHERE = [
    ({"id": 2, "type": "room.join", "room": "nowhere"}, "room_not_found"),
    ({"id": 2, "type": "room.leave", "room": "nowhere"}, "not_joined"),
    (comment(room="nowhere"), "not_joined"),
    ({"id": 2, "type": "room.end", "room": ROOM}, "forbidden"),
    ({"id": 2, "type": "user.ban", "room": ROOM, "data": {"user_id": "x"}}, "forbidden"),
]


@pytest.mark.parametrize(("message", "code"), ELSEWHERE, ids=lambda value: str(value)[:60])
def test_what_is_not_possible_here_is_refused(viewer: ConnectedSocket, message: dict[str, Any], code: str) -> None:
    """Unknown rooms, rooms not joined, no right."""
    viewer.say(**message)
    answer = viewer.hear("error")
    assert (answer["id"], answer["error"]["code"]) == (2, code)


def test_a_command_without_an_id_that_fails_is_answered_without_one(viewer: ConnectedSocket) -> None:
    """The sender may have a fault and should hear of it."""
    viewer.say(type="room.end", room=ROOM)
    assert "id" not in viewer.hear("error")


def test_one_connection_is_in_sixteen_rooms_at_most(server: Server) -> None:
    """One after the other, and all at once."""
    rooms = [server.create_room(f"many_{number}") for number in range(18)]
    with connect(server.port, server.token("many"), rooms[:16]) as raw:
        raw.say(id=2, type="room.join", room=rooms[16])
        assert raw.hear("error")["error"]["code"] == "too_many_rooms"
    with connect(server.port, server.token("greedy")) as raw:
        raw.send(b"".join(make_text({"id": n + 2, "type": "room.join", "room": room}) for n, room in enumerate(rooms)))
        answers: list[str] = []
        while len(answers) < len(rooms):
            message = json.loads(raw.read_frame().payload)
            if message["type"] in ("ack", "error"):
                answers.append(message["type"] if message["type"] == "ack" else message["error"]["code"])
        assert sorted(answers) == ["ack"] * 16 + ["too_many_rooms"] * 2


def test_messages_right_behind_connect_are_taken_after_its_answer(server: Server) -> None:
    """Some, in order; they are held, not refused."""
    with open_socket(server.port) as raw:
        connect_message = make_text({"type": "connect", "id": 1, "rooms": {ROOM: {}}})
        raw.send(connect_message + b"".join(make_text({"type": "ping", "id": number}) for number in range(2, 22)))
        assert raw.hear("connected")["id"] == 1
        assert [raw.hear("pong")["id"] for _ in range(20)] == list(range(2, 22))


def test_too_many_messages_before_connect_is_answered_close_with_4400(raw: RawSocket) -> None:
    """What is held is bounded."""
    raw.send(make_text({"type": "connect", "id": 1, "rooms": {ROOM: {}}}) + make_text({"type": "ping"}) * 200)
    assert raw.read_close()[0] in (4400, 4101)
