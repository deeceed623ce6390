"""Levels through a real server: what somebody does becomes a badge, on sockets and over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from liveroom.realtime.client import LiveRoomClient, Room
from tests.support.server import Server, running_server

PATIENCE_S = 60
ROSE = {"names": {"zh": "玫瑰", "en": "Rose"}, "price": 10_000, "icon": "🌹", "combo_window_ms": 0}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that charges nothing."""
    with running_server(LIVEROOM_GIFT_BILLING="open") as started:
        started.call("PUT", "/gifts/rose", **ROSE)
        yield started


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes who was let in."""
    async with AsyncExitStack() as opened:
        yield opened


async def enter(stack: AsyncExitStack, server: Server, room: str, user: str) -> Room:
    """Somebody in the room."""
    client = LiveRoomClient(server.socket_address, token=server.token(user), rooms=[room])
    live = await stack.enter_async_context(client)
    return live.rooms[room]


def fetch(server: Server, path: str, user: str) -> Any:
    headers = {"Authorization": f"Bearer {server.token(user)}"}
    return httpx.get(f"{server.address}/api/v1{path}", headers=headers, timeout=PATIENCE_S).json()


async def test_a_gift_lifts_its_giver_and_the_next_join_knows(server: Server, stack: AsyncExitStack) -> None:
    room = server.create_room("rising")
    ann = await enter(stack, server, room, "ann")
    assert ann.state["me"]["level"] == {"level": 0, "points": 0, "next": 20}
    heard = ann.events()
    joined = await ann.send("club.join", key="j1")
    assert (joined["members"], joined["club"]["level"]) == (1, 1)
    await ann.send("gift.send", {"gift": "rose"}, key="g1")
    async with asyncio.timeout(PATIENCE_S):
        while True:
            event = await anext(heard)
            if event.kind == "level.changed" and event.data["level"]["points"] == 1_000:
                break
    assert event.data["level"]["level"] == 9
    # Before she says anything, which earns points, too.
    ranks = fetch(server, f"/rooms/{room}/fans", "bob")
    assert [(each["rank"], each["user"]["id"], each["points"]) for each in ranks["fans"]] == [(1, "ann", 1_000)]
    members = fetch(server, f"/rooms/{room}/club/members?limit=1", "bob")
    assert members["next"] == "1:1000:ann"
    await ann.send("comment.send", {"text": "好"}, key="c1")
    late = await enter(stack, server, room, "late")
    (comment,) = late.state["comments"]
    assert (comment["data"]["by"]["level"], comment["data"]["by"]["club"]) == (9, 5)
    assert late.state["totals"]["club_size"] == {"members": 1}
    assert fetch(server, f"/rooms/{room}/fans/ann", "ann")["club"]["level"] == 5
    assert fetch(server, f"/rooms/{room}/fans/ann", "late")["error"]["code"] == "forbidden"


async def test_the_app_lets_people_into_the_club(server: Server, stack: AsyncExitStack) -> None:
    room = server.create_room("selling")
    assert server.call("PUT", f"/rooms/{room}/club/members/bob", name="Bob").json()["members"] == 1
    bob = await enter(stack, server, room, "bob")
    assert bob.state["me"]["level"]["club"]["level"] == 1
    server.call("DELETE", f"/rooms/{room}/club/members/bob")
    assert fetch(server, f"/rooms/{room}/club/members", "bob")["fans"] == []
