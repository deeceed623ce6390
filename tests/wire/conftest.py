"""One server for all tests of the wire; whatever they send to it, its log stays free of faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.raw_socket import ConnectedSocket, RawSocket, connect, open_socket
from tests.support.server import Server, running_server

ROOM = "wire"


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """A server with one live room; limits are its defaults."""
    with running_server() as server:
        server.create_room(ROOM)
        yield server


@pytest.fixture
def raw(server: Server) -> Iterator[RawSocket]:
    """A WebSocket on which nothing has been said."""
    with open_socket(server.port) as raw:
        yield raw


@pytest.fixture
def guest(server: Server) -> Iterator[ConnectedSocket]:
    """A guest who is connected and in no room."""
    with connect(server.port) as raw:
        yield raw


@pytest.fixture(autouse=True)
def _server_stays_well(server: Server) -> Iterator[None]:
    """After each test the server still serves and has logged no fault."""
    before = len(server.said())
    yield
    with connect(server.port, rooms=[ROOM]) as raw:
        assert "error" not in raw.connected["rooms"][ROOM]
    said = server.said()[before:]
    assert "Traceback" not in said, said
    assert '"level":"error"' not in said, said
