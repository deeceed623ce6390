"""The documents are served as they are, and once: who has the present version is told so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from liveroom.server.application import make_application
from liveroom.server.handbook.documents import asyncapi, openapi, schemas
from liveroom.server.node import Node
from liveroom.server.settings import load_settings

PATHS = ("/asyncapi.json", "/schemas.json", "/openapi.json")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application in this process."""
    transport = httpx.ASGITransport(make_application(Node(load_settings(data_dir=tmp_path))))
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as client:
        yield client


async def test_what_is_served_is_what_is_made(client: httpx.AsyncClient) -> None:
    assert (await client.get("/asyncapi.json")).json() == asyncapi()
    assert (await client.get("/schemas.json")).json() == schemas()
    assert (await client.get("/openapi.json")).json() == openapi()


@pytest.mark.parametrize("path", PATHS)
async def test_a_second_request_costs_no_body(client: httpx.AsyncClient, path: str) -> None:
    first = await client.get(path)
    assert first.headers["content-type"] == "application/json"
    assert first.headers["cache-control"] == "no-cache"
    etag = first.headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    changed = await client.get(path, headers={"If-None-Match": '"older"'})
    assert (changed.status_code, changed.content) == (200, first.content)
