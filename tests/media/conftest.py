"""A server of its own for people who speak through its socket and really connect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.server import Server, running_server


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """One server for all media tests."""
    turn = {"LIVEROOM_TURN_URLS": "turn:127.0.0.1:3478", "LIVEROOM_TURN_SECRET": "s" * 20}
    with running_server(LIVEROOM_MEDIA_WATCHERS="2", **turn) as running:
        yield running
