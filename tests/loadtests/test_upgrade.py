"""The handshake accepts only a server that proves it understood."""

from __future__ import annotations

import pytest
from websockets.http11 import Request
from websockets.server import ServerProtocol

from loadtests.bench.errors import JoinRefused
from loadtests.bench.upgrade import make_key, make_request, read_response

KEY = make_key(b"0123456789abcdef")


def answer(request: bytes, subprotocol: str) -> bytes:
    server = ServerProtocol(subprotocols=[subprotocol])
    server.receive_data(request)
    (event,) = server.events_received()
    assert isinstance(event, Request)
    server.send_response(server.accept(event))
    return b"".join(server.data_to_send())


def test_the_websockets_library_accepts_the_request_and_is_accepted() -> None:
    response = answer(make_request("127.0.0.1:1", "/ws", KEY, "live.v1.json"), "live.v1.json")
    assert read_response(response + b"\x81\x00", KEY) == b"\x81\x00"


def test_a_response_that_is_not_complete_is_waited_for() -> None:
    response = answer(make_request("h", "/", KEY, "s"), "s")
    assert all(read_response(response[:at], KEY) is None for at in range(len(response)))


def test_another_status_is_a_refusal_with_its_line() -> None:
    with pytest.raises(JoinRefused, match="503 Service Unavailable"):
        read_response(b"HTTP/1.1 503 Service Unavailable\r\n\r\n", KEY)


def test_a_wrong_accept_is_a_refusal() -> None:
    with pytest.raises(JoinRefused, match="Sec-WebSocket-Accept"):
        read_response(answer(make_request("h", "/", make_key(b"x" * 16), "s"), "s"), KEY)
