"""The demo's battles and guests: played by programs that say so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from liveroom.realtime.client import LiveRoomClient
from liveroom.realtime.client.fold import State
from liveroom.realtime.identity import Role
from liveroom.server.db import prepare_storage
from liveroom.server.demo import run
from liveroom.server.demo.staging import Pace, Staging
from liveroom.server.node import Node
from liveroom.server.serve import make_server
from liveroom.server.settings import load_settings
from tests.support.ports import free_port

FAST = Pace(
    first_battle=0.1, between_battles=60, battle=30, answer=0.1, first_guest=0.1, between_guests=60, on_stage=60
)
PATIENCE_S = 60


@pytest_asyncio.fixture
async def node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Node]:
    """A demo that does everything at once, without an audience."""
    begun = asyncio.Event()

    def stage(*facts: Any) -> Staging:
        begun.set()
        return Staging(*facts, pace=FAST)

    monkeypatch.setenv("LIVEROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(run, "Staging", stage)
    settings = load_settings(demo=True, port=free_port(), gift_billing="open")
    await prepare_storage(settings)
    server, node = make_server(settings)
    node.storage.is_prepared = True
    serving = asyncio.ensure_future(run._serve(server, node, 0))
    await begun.wait()
    yield node
    server.should_exit = True
    await serving


async def _watch(node: Node) -> State:
    """The room as soon as there is a battle, and somebody on the stage."""
    url = f"ws://{node.settings.host}:{node.settings.port}/ws"
    token = node.issuer.issue("ann", name="Ann", role=Role.VIEWER)
    async with asyncio.timeout(PATIENCE_S), LiveRoomClient(url, token=token, rooms=["demo"]) as live:
        room = live.rooms["demo"]
        heard = room.events()
        # Both may have been there before the watcher; then nothing more is heard for long.
        while not (room.state["battles"] and _guests(room.state)):
            await anext(heard)
        return room.state


def _guests(state: State) -> list[str]:
    seats = [seat for stage in state["stages"].values() for seat in stage["seats"]]
    return [seat["guest"]["user"]["name"] for seat in seats if "guest" in seat]


async def test_a_battle_and_a_guest_of_the_demo_say_what_they_are(node: Node) -> None:
    state = await _watch(node)
    (battle,) = state["battles"].values()
    assert [party["host"]["name"] for party in battle["parties"] if party["room"] != "demo"] == ["演示对手"]
    assert _guests(state) == ["演示嘉宾"]
