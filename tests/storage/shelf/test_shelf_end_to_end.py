"""The shelf through a real server: a shop over HTTP, a host and viewers on sockets, and a fold that matches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from liveroom.realtime.client import LiveRoomClient, Room
from tests.storage.shelf.goods import DRESS
from tests.support.server import Server, running_server

PATIENCE_S = 60


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """It runs."""
    with running_server() as started:
        yield started


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes what a test opens."""
    async with AsyncExitStack() as opened:
        yield opened


async def enter(stack: AsyncExitStack, server: Server, room: str, user: str, **token: Any) -> Room:
    """Somebody in the room."""
    client = LiveRoomClient(server.socket_address, token=server.token(user, **token), rooms=[room])
    live = await stack.enter_async_context(client)
    return live.rooms[room]


def fetch(server: Server, path: str, token: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or server.token('somebody')}"}
    return httpx.get(f"{server.address}/api/v1{path}", headers=headers, timeout=PATIENCE_S)


async def test_a_shop_a_host_and_viewers_see_one_shelf(server: Server, stack: AsyncExitStack) -> None:
    room = server.create_room("selling")
    viewer = await enter(stack, server, room, "ann")
    events = viewer.events()
    server.call("PUT", f"/rooms/{room}/shelf/dress", **DRESS)
    server.call("PUT", f"/rooms/{room}/shelf/hat", **DRESS | {"title": "草帽", "position": 1})
    server.call("PATCH", f"/rooms/{room}/shelf/dress", variants=[{"id": "m", "price": 9_900}])
    host = await enter(stack, server, room, "host", role="host", rooms=[room])
    explained = await host.send("shelf.explain", {"product": "dress"}, key="e1")
    assert explained["shelf"]["product"] == "dress"
    picked = await viewer.send("product.favour", {"product": "dress"}, key="f1")
    assert picked["favourites"] == 1
    await viewer.send("product.open", {"product": "dress"}, key="o1")
    awaited = {"shelf.changed", "favourites"}
    async with asyncio.timeout(PATIENCE_S):
        while awaited:
            awaited.discard((await anext(events)).kind)
    late = await enter(stack, server, room, "late")
    assert late.state["products"] == viewer.state["products"]
    assert late.state["shelf"] == viewer.state["shelf"]
    assert late.state["totals"]["favourites"]["products"] == {"dress": 1}
    shown = fetch(server, f"/rooms/{room}/shelf").json()
    assert [product["id"] for product in shown["products"]] == ["dress", "hat"]
    assert shown["shelf"]["product"] == "dress"


def test_facts_are_for_everybody_and_exact_stock_for_the_staff(server: Server) -> None:
    room = server.create_room("facts")
    server.call("PUT", f"/rooms/{room}/shelf/dress", **DRESS)
    told = fetch(server, f"/rooms/{room}/shelf/dress").json()
    assert told["facts"] == [{"topic": "材质", "text": "百分百纯棉。", "words": ["料子"]}]
    assert [variant.get("left") for variant in told["product"]["variants"]] == [None, 3]
    assert fetch(server, f"/rooms/{room}/products").json()["error"]["code"] == "forbidden"
    host = server.token("host", role="host", rooms=[room])
    (report,) = fetch(server, f"/rooms/{room}/products", host).json()["products"]
    assert [variant["left"] for variant in report["content"]["variants"]] == [40, 3]


def test_what_is_hidden_is_hidden_and_looks_of_the_shop_count_once(server: Server) -> None:
    room = server.create_room("hiding")
    server.call("PUT", f"/rooms/{room}/shelf/dress", **DRESS)
    headers = {"Authorization": f"Bearer {server.token('op', role='operator')}", "Idempotency-Key": "looks-1"}
    for _ in range(2):
        url = f"{server.address}/api/v1/rooms/{room}/shelf/dress/looks"
        assert httpx.post(url, json={"count": 12}, headers=headers, timeout=PATIENCE_S).status_code == 204
    server.call("POST", f"/rooms/{room}/shelf/dress/hide")
    assert fetch(server, f"/rooms/{room}/shelf").json()["products"] == []
    assert fetch(server, f"/rooms/{room}/shelf/dress").json()["error"]["code"] == "forbidden"
    host = server.token("host", role="host", rooms=[room])
    (report,) = fetch(server, f"/rooms/{room}/products", host).json()["products"]
    assert (report["status"], report["looks"]) == ("off", 12)
    server.call("DELETE", f"/rooms/{room}/shelf/dress")
    assert fetch(server, f"/rooms/{room}/shelf/dress", host).status_code == 404
