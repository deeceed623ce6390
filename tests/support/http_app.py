"""The HTTP side of a server in this process, on a clock that stands still; calls come from any address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from liveroom.realtime.identity import Role
from liveroom.server.application import make_application
from liveroom.server.auth import make_api_key
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from tests.support.clock import FakeClock
from tests.support.databases import lay_tables

SECRET = "the secret of the servers of these tests"
KEY, ENTRY = make_api_key("shop")
HERE = "127.0.0.1"
AWAY = "203.0.113.7"
ROOM = "evening"


class HttpApp:
    """A running application.

    Args:
        clock: turned by the test alone.
    """

    def __init__(self, node: Node, application: FastAPI, clock: FakeClock) -> None:
        self.node = node
        self.clock = clock
        self._application = application

    async def call(
        self, method: str, path: str, bearer: str | None = None, *, address: str = AWAY, **how: Any
    ) -> httpx.Response:
        """One request and its answer."""
        transport = httpx.ASGITransport(self._application, client=(address, 1))
        headers = how.pop("headers", {}) | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as client:
            return await client.request(method, path, headers=headers, **how)

    def token(self, user_id: str, role: Role = Role.VIEWER, rooms: list[str] | None = None) -> str:
        """A token of a user."""
        return self.node.issuer.issue(user_id, role=role, rooms=rooms, lifetime_s=600)

    def guest(self) -> str:
        """The token of a new guest."""
        return self.node.issuer.issue_guest(lang="en")

    async def open_room(self, **settings: Any) -> None:
        """Create `ROOM` and go live."""
        body = {"id": ROOM, "title": "t", "host": {"id": "h", "name": "h"}, "settings": settings}
        made = await self.call("POST", "/api/v1/rooms", KEY, json=body)
        assert made.status_code == 201, made.text
        begun = await self.call("POST", f"/api/v1/rooms/{ROOM}/go_live", KEY)
        assert begun.status_code == 200, begun.text


@asynccontextmanager
async def running_app(data_dir: Path, **settings: Any) -> AsyncIterator[HttpApp]:
    """A node with these settings that has started, and an API key."""
    name, _, digest = ENTRY.partition(":")
    clock = FakeClock()
    options = {"secret": SECRET, "api_keys": ((name, digest),), "data_dir": data_dir} | settings
    lay_tables(data_dir)
    node = Node(load_settings(**options), clock)
    application = make_application(node)
    await node.start()
    try:
        yield HttpApp(node, application, clock)
    finally:
        await node.stop()
