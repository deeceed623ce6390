"""A body has at most 32 KiB: the largest command has a small part of that, and strangers send bodies too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from liveroom.server.body_limit import BODY_BYTES
from tests.support.http_app import KEY, HttpApp, running_app

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[HttpApp]:
    """A server without rooms."""
    async with running_app(tmp_path) as app:
        yield app


def padded(size_bytes: int) -> bytes:
    """The body of a new room, filled up with white space."""
    body = b'{"id":"r","title":"t","host":{"id":"h","name":"h"}}'
    return body[:-1] + b" " * (size_bytes - len(body)) + b"}"


async def test_a_body_of_the_largest_size_is_taken(app: HttpApp) -> None:
    assert BODY_BYTES == 32_768, "as docs/protocol.md says"
    answer = await app.call("POST", "/api/v1/rooms", KEY, content=padded(BODY_BYTES), headers=JSON)
    assert answer.status_code == 201


async def test_one_byte_more_is_refused_before_anybody_looks_at_it(app: HttpApp) -> None:
    for bearer in (KEY, None):
        answer = await app.call("POST", "/api/v1/rooms", bearer, content=padded(BODY_BYTES + 1), headers=JSON)
        assert (answer.status_code, answer.content) == (413, b"")
