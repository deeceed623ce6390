"""A whole server with LiveKit behind it: its tickets, what it tells LiveKit, and what it makes of the webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import httpx
import pytest

from liveroom.realtime.client import CommandRefused, LiveRoomClient
from liveroom.realtime.media.events import Kind
from tests.media.test_signalling import Attendee, Enter
from tests.support.livekit import KEY, SECRET, FakeLiveKit, running_livekit, sign
from tests.support.ports import free_port
from tests.support.server import Server, running_server


@pytest.fixture(scope="module")
def livekit_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(livekit_port: int) -> Iterator[Server]:
    settings = {
        "LIVEROOM_LIVEKIT_URL": "wss://livekit.example.com",
        "LIVEROOM_LIVEKIT_API_URL": f"http://127.0.0.1:{livekit_port}",
        "LIVEROOM_LIVEKIT_KEY": KEY,
        "LIVEROOM_LIVEKIT_SECRET": SECRET,
    }
    with running_server(**settings) as running:
        yield running


@pytest.fixture
async def livekit(server: Server, livekit_port: int) -> AsyncIterator[FakeLiveKit]:
    """LiveKit, which tells this server by HTTP."""
    async with httpx.AsyncClient(timeout=60) as http, running_livekit(port=livekit_port) as livekit:

        async def deliver(body: bytes, token: str) -> None:
            headers = {"Authorization": token, "Content-Type": "application/webhook+json"}
            answer = await http.post(f"{server.address}/api/v1/livekit", content=body, headers=headers)
            assert answer.status_code == 204, answer.text

        livekit.deliver = deliver
        yield livekit


@pytest.fixture
async def enter(server: Server) -> AsyncIterator[Enter]:
    """Brings somebody into a room."""
    async with AsyncExitStack() as stack:

        async def come(user_id: str, room: str, role: str = "viewer") -> Attendee:
            token = server.token(user_id, role=role, rooms=[room] if role == "host" else None)
            client = await stack.enter_async_context(LiveRoomClient(server.socket_address, token=token, rooms=[room]))
            return Attendee(client.rooms[room], user_id)

        yield come


def _open(server: Server, room: str) -> None:
    server.call("POST", "/rooms", id=room, title=room, host={"id": f"host-{room}", "name": room}, settings={})
    server.call("POST", f"/rooms/{room}/go_live")


async def test_a_guest_who_is_accepted_may_send_and_nobody_else(
    server: Server, livekit: FakeLiveKit, enter: Enter
) -> None:
    _open(server, "lk")
    host, guest = await enter("host-lk", "lk", "host"), await enter("guest", "lk")
    ticket = await host.room.send("media.prepare")
    assert (ticket["engine"], ticket["url"]) == ("livekit", "wss://livekit.example.com")
    at_host = await livekit.join(ticket["ticket"])
    mine = await host.until_mine(lambda media: media["state"] == "connected" and bool(media["kinds"]))
    assert sorted(mine["kinds"]) == ["audio", "video"]
    await at_host.publish(Kind.VIDEO)
    await guest.room.send("stage.apply", kind="video")
    at_guest = await livekit.join((await guest.room.send("media.prepare"))["ticket"])
    await guest.until_mine(lambda media: media["state"] == "connected")
    assert not at_guest.sees()
    await host.room.send("stage.accept", user_id="guest")
    await guest.until_mine(lambda media: sorted(media["kinds"]) == ["audio", "video"])
    await at_guest.publish(Kind.VIDEO)
    assert at_guest.sees() == {("host-lk", Kind.VIDEO)}
    stage = await host.until("media_stage", lambda data: len(data.get("on_air", ())) == 2)
    assert {each["user_id"] for each in stage["on_air"]} == {"host-lk", "guest"}
    await host.room.send("stage.remove", user_id="guest")
    await guest.until_mine(lambda media: not media["kinds"])
    assert not at_guest.sends()
    with pytest.raises(CommandRefused) as refused:
        await host.room.send("media.offer", ticket=ticket["ticket"], sdp="v=0")
    assert refused.value.code == "wrong_state"


async def test_hosts_of_a_battle_get_tickets_for_each_other(server: Server, livekit: FakeLiveKit, enter: Enter) -> None:
    for room in ("lk-red", "lk-blue"):
        _open(server, room)
    red, blue = await enter("host-lk-red", "lk-red", "host"), await enter("host-lk-blue", "lk-blue", "host")
    sides = [await livekit.join((await each.room.send("media.prepare"))["ticket"]) for each in (red, blue)]
    for each in (red, blue):
        await each.until_mine(lambda media: media["state"] == "connected")
    battle = (await red.room.send("battle.invite", opponents=["lk-blue"]))["battle"]["id"]
    await blue.room.send("battle.accept", battle=battle)
    mine = await red.until_mine(lambda media: bool(media.get("links")))
    looker = await livekit.join(mine["links"][0]["ticket"])
    await sides[1].publish(Kind.AUDIO)
    assert looker.sees() == {("host-lk-blue", Kind.AUDIO)}
    await red.room.send("battle.quit", battle=battle)
    await red.until_mine(lambda media: not media.get("links"))


async def test_webhooks_of_strangers_are_refused(server: Server, livekit: FakeLiveKit) -> None:
    body = b'{"event": "participant_joined"}'
    async with httpx.AsyncClient(timeout=60) as http:
        for token in ("", sign(body, "another secret that is as long as it needs to be")):
            answer = await http.post(f"{server.address}/api/v1/livekit", content=body, headers={"Authorization": token})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_token")
