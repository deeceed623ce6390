"""What opening a thousand sockets costs the generator is not paid again for each."""

from __future__ import annotations

import socket
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.uri import parse_uri

from loadtests.line import room_socket


def test_authorities_are_read_once_for_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []

    def make_context() -> Any:
        made.append(SimpleNamespace(wrap_socket=lambda seat, server_hostname: seat))
        return made[-1]

    monkeypatch.setattr(room_socket.ssl, "create_default_context", make_context)
    room_socket._make_context.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = parse_uri(f"wss://127.0.0.1:{server.getsockname()[1]}/ws")
        for _ in range(3):
            room_socket._dial(address).close()
    assert len(made) == 1
    room_socket._make_context.cache_clear()
