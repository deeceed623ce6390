"""`liveroom serve --workers 2`: people of one stage are at different workers, and see each other all the same."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import psutil
import pytest

from liveroom.realtime.client import CommandRefused, LiveRoomClient
from tests.media.test_battles import _shows
from tests.media.test_signalling import Attendee, Enter
from tests.support.media_robot import PATIENCE_S, only_loopback
from tests.support.server import Server, running_server
from tests.workers.test_serve_workers import until, ups, workers_of

__all__ = ["only_loopback"]

pytestmark = pytest.mark.usefixtures("only_loopback")
GUESTS = 20
"""The kernel spreads them; that all of them come to the host's worker happens once in a million times."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server("--workers", "2", LIVEROOM_DRAIN_S="0.1") as running:
        until(lambda: ups(running) == {"1": 1.0, "2": 1.0})
        yield running


@pytest.fixture
async def enter(server: Server) -> AsyncIterator[Enter]:
    """Brings somebody into the room."""
    async with AsyncExitStack() as stack:

        async def come(user_id: str, room: str, role: str = "viewer") -> Attendee:
            token = server.token(user_id, role=role, rooms=[room] if role == "host" else None)
            client = await stack.enter_async_context(LiveRoomClient(server.socket_address, token=token, rooms=[room]))
            attendee = Attendee(client.rooms[room], user_id)
            stack.push_async_callback(attendee.robot.close)
            return attendee

        yield come


def _busy_workers(server: Server) -> int:
    """How many workers have a socket of somebody."""
    counts = 0
    for worker in workers_of(server):
        found = worker.net_connections("tcp")
        counts += any(each.status == psutil.CONN_ESTABLISHED and each.laddr.port == server.port for each in found)
    return counts


async def _enter_at_another_worker(server: Server, enter: Enter, room: str) -> Attendee:
    for number in itertools.count():
        assert number < GUESTS
        guest: Attendee = await enter(f"guest-{number}", room)
        if _busy_workers(server) == 2:
            return guest
    raise AssertionError


async def test_people_at_different_workers_see_each_other_and_find_the_next_engine(
    server: Server, enter: Enter
) -> None:
    room = server.create_room("spread")
    host = await enter("host", room, "host")
    guest = await _enter_at_another_worker(server, enter, room)
    await host.connect()
    await guest.room.send("stage.apply", kind="video")
    await guest.connect()
    await guest.until_mine(lambda media: media["state"] == "connected")
    await host.room.send("stage.accept", user_id=guest.user_id)
    seen, shown = await asyncio.gather(guest.until_mine(_shows(host)), host.until_mine(_shows(guest)))
    await asyncio.gather(
        guest.robot.until_gets(seen["slots"][0]["video"], 2), host.robot.until_gets(shown["slots"][0]["video"], 2)
    )
    stage = await guest.until("media_stage", lambda data: len(data.get("on_air", ())) == 2)
    assert {each["user_id"] for each in stage["on_air"]} == {"host", guest.user_id}
    (engine,) = (each for each in psutil.Process(server.process.pid).children() if "media_host" in str(each.cmdline()))
    server.expected_faults.append("process_ended")
    engine.send_signal(signal.SIGKILL)
    await asyncio.gather(*(each.until_mine(lambda media: media["state"] == "closed") for each in (host, guest)))
    for each in (host, guest):
        await _come_back(each)
    seen = await guest.until_mine(_shows(host))
    await guest.robot.until_gets(seen["slots"][0]["video"], 2)


async def _come_back(attendee: Attendee) -> None:
    """What a client does: ask for another ticket until there is one."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await attendee.connect()
            except CommandRefused as refused:
                if not refused.retryable:
                    raise
                await asyncio.sleep(0.5)  # `retry_after_ms`
