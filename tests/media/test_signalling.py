"""Tickets, offers and news go over the live socket; who may come is decided by the room."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from liveroom.realtime.client import CommandRefused, LiveRoomClient
from liveroom.realtime.client.events import Event, EventStream
from liveroom.realtime.client.room import Room
from liveroom.realtime.media.base import Answer
from tests.support.media_robot import PATIENCE_S, Robot, only_loopback
from tests.support.server import Server

__all__ = ["only_loopback"]

pytestmark = pytest.mark.usefixtures("only_loopback")
_numbers = itertools.count(1)


class Attendee:
    """Somebody with a socket and, from `connect` on, a media connection."""

    def __init__(self, room: Room, user_id: str) -> None:
        self.room = room
        self.user_id = user_id
        self.robot = Robot(None, room.name, user_id)  # type: ignore[arg-type] # the engine is reached by the socket
        self.events: EventStream = room.events()
        self.heard: list[Event] = []

    async def connect(self, *, watch: bool = False, slots: int = 2) -> dict[str, Any]:
        """Get a ticket, and connect with it."""
        ticket = await self.room.send("media.prepare", watch=watch)
        self.robot.ticket = ticket["ticket"]
        await self.connect_again(watch=watch, slots=slots)
        return ticket

    async def connect_again(self, *, watch: bool = False, slots: int = 2) -> None:
        """Connect with the ticket there is."""
        sdp = await self.robot.offer(slots, sends=not watch)
        answer = await self.room.send("media.offer", ticket=self.robot.ticket, sdp=sdp)
        await self.robot.accept(Answer(answer["session"], answer["sdp"]))

    async def until(self, kind: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event of a kind that fits."""
        async with asyncio.timeout(PATIENCE_S):
            async for event in self.events:
                if event.kind == kind and fits(dict(event.data)):
                    return dict(event.data)
        raise AssertionError(kind)

    async def until_mine(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The news of one's own media that fit; what is empty is left out on the wire."""
        empty: dict[str, Any] = {"kinds": [], "slots": []}
        told = await self.until("media.changed", lambda data: fits(empty | data["media"]))
        return empty | dict(told["media"])

    async def until_on_air(self) -> dict[str, Any]:
        """The stage of the room as soon as somebody is on the air, if it was told already or not."""
        known = dict(self.room.state["totals"].get("media_stage", {}))
        return known if known.get("on_air") else await self.until("media_stage", lambda data: bool(data.get("on_air")))


@pytest.fixture
def room(server: Server) -> str:
    return server.create_room(f"media-{next(_numbers)}")


Enter = Callable[..., Any]


@pytest.fixture
async def enter(server: Server, room: str) -> AsyncIterator[Enter]:
    """Brings somebody into the room."""
    async with AsyncExitStack() as stack:

        async def come(user_id: str, role: str = "viewer") -> Attendee:
            token = server.token(user_id, role=role, rooms=[room] if role == "host" else None)
            client = await stack.enter_async_context(LiveRoomClient(server.socket_address, token=token, rooms=[room]))
            attendee = Attendee(client.rooms[room], user_id)
            stack.push_async_callback(attendee.robot.close)
            return attendee

        yield come


async def test_a_host_goes_on_the_air_and_a_watcher_sees_and_hears_it(enter: Enter) -> None:
    host = await enter("host", "host")
    await host.connect()
    mine = await host.until_mine(lambda media: media["state"] == "connected" and bool(media["kinds"]))
    assert sorted(mine["kinds"]) == ["audio", "video"]
    watcher = await enter("watcher")
    await watcher.connect(watch=True, slots=1)
    shown = await watcher.until_mine(lambda media: any("user_id" in slot for slot in media["slots"]))
    slot = shown["slots"][0]
    assert (slot["user_id"], slot["room"]) == ("host", host.room.name)
    await watcher.robot.until_gets(slot["video"], 2)
    stage = await watcher.until_on_air()
    assert [each["user_id"] for each in stage["on_air"]] == ["host"]


async def test_who_joins_anew_finds_his_media_in_the_join(enter: Enter) -> None:
    host = await enter("host", "host")
    await host.connect()
    await host.until_mine(lambda media: media["state"] == "connected")
    second = await enter("host", "host")
    assert second.room.state["me"]["media"]["state"] == "connected"


async def test_what_the_host_mutes_is_told_to_the_room(enter: Enter) -> None:
    host = await enter("host", "host")
    await host.connect()
    await host.until_mine(lambda media: bool(media["kinds"]))
    await host.room.send("media.mute", kind="audio", muted=True)
    stage = await host.until(
        "media_stage", lambda data: bool(data.get("on_air")) and data["on_air"][0].get("kinds") == ["video"]
    )
    assert stage["on_air"][0]["user_id"] == "host"


async def test_whoever_was_not_asked_gets_no_ticket(enter: Enter) -> None:
    viewer = await enter("viewer")
    with pytest.raises(CommandRefused) as refused:
        await viewer.room.send("media.prepare")
    assert refused.value.code == "wrong_state"
    assert "invitation" in str(refused.value)


async def test_watchers_are_counted(enter: Enter) -> None:
    for number in range(2):
        await (await enter(f"watcher-{number}")).room.send("media.prepare", watch=True)
    with pytest.raises(CommandRefused) as refused:
        await (await enter("third")).room.send("media.prepare", watch=True)
    assert refused.value.code == "overloaded"


async def test_who_gives_a_ticket_back_leaves_the_place_to_another(enter: Enter) -> None:
    first, second = await enter("first"), await enter("second")
    for watcher in (first, second):
        await watcher.room.send("media.prepare", watch=True)
    await first.room.send("media.leave")
    assert (await (await enter("third")).room.send("media.prepare", watch=True))["ticket"]


async def test_the_ticket_of_somebody_else_is_of_no_use(enter: Enter) -> None:
    host, thief = await enter("host", "host"), await enter("thief")
    ticket = await host.room.send("media.prepare")
    sdp = await thief.robot.offer()
    with pytest.raises(CommandRefused) as refused:
        await thief.room.send("media.offer", ticket=ticket["ticket"], sdp=sdp)
    assert refused.value.code == "not_found"


async def test_a_bad_offer_is_refused_by_name(enter: Enter) -> None:
    host = await enter("host", "host")
    ticket = await host.room.send("media.prepare")
    with pytest.raises(CommandRefused) as refused:
        await host.room.send("media.offer", ticket=ticket["ticket"], sdp="v=0\r\n")
    assert (refused.value.code, refused.value.facts["field"]) == ("invalid_field", "sdp")


async def test_a_ticket_brings_credentials_for_the_turn_server(enter: Enter) -> None:
    host = await enter("host", "host")
    (server,) = (await host.room.send("media.prepare"))["ice_servers"]
    assert server["urls"] == ["turn:127.0.0.1:3478"]
    digest = hmac.new(b"s" * 20, server["username"].encode(), hashlib.sha1).digest()
    assert server["credential"] == base64.b64encode(digest).decode()
    assert "host" not in server["username"]


async def test_who_leaves_is_off_the_air_and_can_come_back(enter: Enter) -> None:
    host = await enter("host", "host")
    await host.connect()
    await host.until("media_stage", lambda data: bool(data.get("on_air")))
    await host.room.send("media.leave")
    await host.until("media_stage", lambda data: not data.get("on_air"))
    await host.connect()
    await host.until_mine(lambda media: media["state"] == "connected" and bool(media["kinds"]))


async def test_a_room_that_ends_takes_everybody_off_the_air(server: Server, enter: Enter, room: str) -> None:
    host = await enter("host", "host")
    await host.connect()
    await host.until("media_stage", lambda data: bool(data.get("on_air")))
    server.call("POST", f"/rooms/{room}/end")
    await host.until("media_stage", lambda data: not data.get("on_air"))


async def test_times_measured_by_clients_are_in_the_metrics_and_told_to_the_staff(server: Server, enter: Enter) -> None:
    host = await enter("host", "host")
    await host.connect()
    await host.until_mine(lambda media: media["state"] == "connected")
    await host.until_on_air()
    await host.room.send("media.report", warm=True, first_packet_ms=12, first_frame_ms=80)
    async with httpx.AsyncClient(timeout=PATIENCE_S) as http:
        text = (await http.get(f"{server.address}/metrics")).text
    assert 'liveroom_media_client_seconds_count{warm="true",what="frame"} 1.0' in text
    assert "liveroom_media_connect_seconds_count" in text
    told = server.call("GET", f"/rooms/{host.room.name}/media").json()
    times = {(each["step"], each.get("warm")): (each["count"], each["p95_ms"]) for each in told["times"]}
    assert times["client_first_frame", True] == (1, 80)
    assert times["connected", None][0] == 1
    assert (told["engine"], [each["user_id"] for each in told["stage"]["on_air"]]) == ("sfu", ["host"])
    viewer = {"Authorization": f"Bearer {server.token('viewer')}"}
    async with httpx.AsyncClient(headers=viewer, timeout=PATIENCE_S) as http:
        refused = await http.get(f"{server.address}/api/v1/rooms/{host.room.name}/media")
    assert refused.status_code == 403
