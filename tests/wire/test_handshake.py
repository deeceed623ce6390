"""The upgrade (RFC 6455 §4): who is let in, and how the others are answered."""

from __future__ import annotations

import pytest

from tests.support.raw_socket import ACCEPT, PING, Answer, RawSocket, make_frame, make_request, make_text
from tests.support.server import Server


def ask(server: Server, path: str = "/ws", **changed: object) -> Answer:
    """The answer to one upgrade request."""
    with RawSocket(server.port) as raw:
        return raw.upgrade(path, **changed)


def test_a_good_request_is_accepted_with_the_key_of_the_rfc(server: Server) -> None:
    """§1.3 has the example."""
    answer = ask(server)
    assert answer.status == 101
    assert answer.headers["sec-websocket-accept"] == ACCEPT
    assert answer.headers["sec-websocket-protocol"] == "live.v1.json"
    assert answer.headers["upgrade"].lower() == "websocket"


def test_header_names_and_tokens_are_read_in_any_case(server: Server) -> None:
    """§4.2.1."""
    assert ask(server, upgrade="WebSocket", connection="keep-alive, upgrade").status == 101


def test_our_subprotocol_is_chosen_among_several(server: Server) -> None:
    """Offered in one line or in two."""
    assert ask(server, sec_websocket_protocol="live.v9.json, live.v1.json").status == 101
    assert ask(server, sec_websocket_protocol="x", more=[("Sec-WebSocket-Protocol", "live.v1.json")]).status == 101


def test_a_query_does_not_change_the_path(server: Server) -> None:
    """Some proxies and testers add one."""
    assert ask(server, "/ws?t=1").status == 101


REFUSED = {
    "another path": (404, {"path": "/websocket"}),
    "a path below": (404, {"path": "/ws/room"}),
    "no upgrade header": (426, {"upgrade": None}),
    "no connection header": (426, {"connection": None}),
    "another upgrade": (426, {"upgrade": "h2c"}),
    "no subprotocol": (426, {"sec_websocket_protocol": None}),
    "an unknown subprotocol": (426, {"sec_websocket_protocol": "live.v2.json"}),
    "an old version": (426, {"sec_websocket_version": "8"}),
    "a version that is none": (426, {"sec_websocket_version": "thirteen"}),
    "no version": (400, {"sec_websocket_version": None}),
    "two versions": (400, {"more": [("Sec-WebSocket-Version", "13")]}),
    "no key": (400, {"sec_websocket_key": None}),
    "a short key": (400, {"sec_websocket_key": "c2hvcnQ="}),
    "a key that is not base64": (400, {"sec_websocket_key": "!!!!!!!!!!!!!!!!!!!!!!=="}),
    "two keys": (400, {"more": [("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]}),
    "no host": (400, {"host": None}),
    "two hosts": (400, {"more": [("Host", "other.example")]}),
    "POST": (405, {"method": "POST"}),
    "many headers": (431, {"more": [(f"X-{number}", "1") for number in range(200)]}),
    "a large header": (431, {"cookie": "c" * 9_000}),
    "a huge header": (431, {"cookie": "c" * 200_000}),
    "a long path": (404, {"path": "/" + "p" * 5_000}),
}


@pytest.mark.parametrize(("status", "changed"), REFUSED.values(), ids=REFUSED)
def test_a_faulty_request_is_answered_in_http(server: Server, status: int, changed: dict[str, object]) -> None:
    """docs/protocol.md, Close codes."""
    assert ask(server, **changed).status == status  # type: ignore[arg-type] # `path` is among the changes


def test_the_answer_426_says_what_is_understood(server: Server) -> None:
    """§4.4 and RFC 9110 §15.5.22."""
    answer = ask(server, sec_websocket_version="8")
    assert answer.headers["sec-websocket-version"] == "13"
    assert answer.headers["upgrade"] == "websocket"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
        b"SSH-2.0-client\r\n",
        b"\x00" * 100,
        b"GET /ws HTTP/9.9\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nbroken header\r\n\r\n",
        b"GET /ws HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    ],
)
def test_bytes_that_are_no_request_are_answered_with_400(server: Server, data: bytes) -> None:
    """TLS, another protocol, noise."""
    with RawSocket(server.port) as raw:
        raw.send(data)
        assert raw.read_answer().status == 400


def test_a_request_with_control_characters_in_a_header_is_refused(server: Server) -> None:
    """No header can be smuggled into the library's own parser."""
    with RawSocket(server.port) as raw:
        raw.send(make_request(more=[("X-Bad", "a\x0bb\x01")]))
        assert raw.read_answer().status == 400


def test_a_request_sent_byte_by_byte_is_accepted(server: Server) -> None:
    """A slow network is no attack."""
    with RawSocket(server.port) as raw:
        raw.send_slowly(make_request())
        assert raw.read_answer().status == 101


def test_frames_in_the_same_segment_as_the_request_are_not_lost(server: Server) -> None:
    """A client that does not wait for the answer: `connect`, and half of a ping."""
    with RawSocket(server.port) as raw:
        ping = make_frame(PING, b"early")
        raw.send(make_request() + make_text({"type": "connect", "id": 5}) + ping[:3])
        assert raw.read_answer().status == 101
        raw.send(ping[3:])
        assert raw.hear("connected")["id"] == 5
        assert raw.read_frame().payload == b"early"


def test_frames_behind_a_refused_request_are_not_read(server: Server) -> None:
    """The answer is still HTTP, and the end."""
    with RawSocket(server.port) as raw:
        raw.send(make_request("/elsewhere") + make_text({"type": "connect", "id": 5}))
        assert raw.read_answer().status == 404
        assert b"connected" not in raw.read_end()


def test_a_socket_that_was_used_for_http_can_become_a_websocket(server: Server) -> None:
    """Keep-alive, then the upgrade."""
    with RawSocket(server.port) as raw:
        raw.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = raw.read_answer()
        assert raw.read(int(answer.headers["content-length"])) == b'{"status":"ok"}'
        assert raw.upgrade().status == 101
