"""A battle lets the hosts of its rooms hear and see each other, from its beginning to its end, by their one upload."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import psutil
import pytest

from liveroom.realtime.client import CommandRefused, LiveRoomClient
from tests.media.test_signalling import Attendee, only_loopback
from tests.support.media_robot import PATIENCE_S
from tests.support.server import Server

__all__ = ["only_loopback"]

pytestmark = pytest.mark.usefixtures("only_loopback")
_numbers = itertools.count(1)


@pytest.fixture
def rooms(server: Server) -> tuple[str, str]:
    """Two live rooms with hosts of their own, named as they are with `host-` before."""
    number = next(_numbers)
    names = (f"red-{number}", f"blue-{number}")
    for name in names:
        server.call("POST", "/rooms", id=name, title=name, host={"id": f"host-{name}", "name": name}, settings={})
        server.call("POST", f"/rooms/{name}/go_live")
    return names


@pytest.fixture
async def hosts(server: Server, rooms: tuple[str, str]) -> AsyncIterator[tuple[Attendee, Attendee]]:
    """The hosts of both, on the air in their rooms."""
    async with AsyncExitStack() as stack:
        found = []
        for name in rooms:
            token = server.token(f"host-{name}", role="host", rooms=[name])
            client = await stack.enter_async_context(LiveRoomClient(server.socket_address, token=token, rooms=[name]))
            host = Attendee(client.rooms[name], f"host-{name}")
            stack.push_async_callback(host.robot.close)
            await host.connect()
            await host.until_mine(lambda media: media["state"] == "connected" and bool(media["kinds"]))
            found.append(host)
        yield found[0], found[1]


def _shows(host: Attendee) -> Callable[[dict[str, Any]], bool]:
    return lambda media: any(slot.get("user_id") == host.user_id for slot in media["slots"])


async def _fight(red: Attendee, blue: Attendee) -> str:
    battle: str = (await red.room.send("battle.invite", opponents=[blue.room.name]))["battle"]["id"]
    await blue.room.send("battle.accept", battle=battle)
    return battle


async def _see_each_other(red: Attendee, blue: Attendee) -> None:
    seen = await asyncio.gather(red.until_mine(_shows(blue)), blue.until_mine(_shows(red)))
    for host, other, mine in ((red, blue, seen[0]), (blue, red, seen[1])):
        slot = next(slot for slot in mine["slots"] if slot.get("user_id") == other.user_id)
        assert slot["room"] == other.room.name
        await asyncio.gather(host.robot.until_gets(slot["video"], 2), host.robot.until_gets(slot["audio"], 2))


async def test_hosts_of_a_battle_hear_and_see_each_other_until_it_ends(hosts: tuple[Attendee, Attendee]) -> None:
    red, blue = hosts
    battle = await _fight(red, blue)
    await _see_each_other(red, blue)
    await red.room.send("battle.quit", battle=battle)
    await asyncio.gather(
        red.until_mine(lambda media: not _shows(blue)(media)), blue.until_mine(lambda media: not _shows(red)(media))
    )


async def _come_back(host: Attendee) -> None:
    """What a client does that is told of a loss: connect with the same ticket until that works."""
    await host.until_mine(lambda media: media["state"] == "lost")
    while True:
        try:
            return await host.connect_again()
        except CommandRefused as refused:
            if not refused.retryable:
                raise
            await asyncio.sleep(0.1)  # a client waits `retry_after_ms`


async def test_hosts_find_each_other_again_when_the_worker_dies_in_a_battle(
    server: Server, hosts: tuple[Attendee, Attendee]
) -> None:
    red, blue = hosts
    await _fight(red, blue)
    await _see_each_other(red, blue)
    (worker,) = (each for each in psutil.Process(server.process.pid).children() if "sfu.worker" in str(each.cmdline()))
    os.kill(worker.pid, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE_S):  # how soon is measured without a server: test_faults.py
        await asyncio.gather(_come_back(red), _come_back(blue))
    await _see_each_other(red, blue)
