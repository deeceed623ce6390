"""A server of its own for people who speak through its socket and really connect."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.media.streams import offer
from tests.support.media_robot import PATIENCE_S
from tests.support.server import Server, running_server


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """One server for all media tests."""
    turn = {"LIVEROOM_TURN_URLS": "turn:127.0.0.1:3478", "LIVEROOM_TURN_SECRET": "s" * 20}
    with running_server(LIVEROOM_MEDIA_WATCHERS="2", **turn) as running:
        _begin(running)
        yield running


def _begin(server: Server) -> None:
    """The first ticket starts the engine, which takes a while on a busy machine; whoever comes too soon asks again."""
    server.call("POST", "/rooms", id="first", title="First", host={"id": "first", "name": "First"}, settings={})
    server.call("POST", "/rooms/first/go_live")
    headers = {"Authorization": f"Bearer {server.token('first', role='host', rooms=['first'])}"}
    headers["Content-Type"] = "application/sdp"
    address = f"{server.address}/api/v1/rooms/first/whip"
    end_s = time.monotonic() + PATIENCE_S
    while httpx.post(address, content=offer(0), headers=headers, timeout=PATIENCE_S).status_code != 201:
        assert time.monotonic() < end_s, "the media engine did not start"
        time.sleep(0.5)  # as `Retry-After` says
