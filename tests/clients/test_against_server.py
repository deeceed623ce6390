"""The Python client and the real server: nothing lost, nothing doubled, whatever the network does."""

from __future__ import annotations

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from liveroom.realtime.client import ClientClosed, CommandRefused, Event, EventStream, Lane, LiveRoomClient, Room
from tests.clients.wires import Wire
from tests.support.server import Server, running_server

PATIENCE_S = 60
_numbers = itertools.count(1)

Connect = Callable[..., Awaitable[LiveRoomClient]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for this module."""
    with running_server() as started:
        yield started


@pytest.fixture
async def room(server: Server) -> str:
    """A room that is open."""
    return await open_room(server)


async def open_room(server: Server) -> str:
    """A new room that lets viewers in."""
    name = f"client-{next(_numbers)}"
    body = {"id": name, "title": "Test", "host": {"id": "h1", "name": "Lin"}, "settings": {"comments_per_s": 0}}
    headers = {"Authorization": f"Bearer {server.token('ops', role='operator')}"}
    async with httpx.AsyncClient(base_url=f"{server.address}/api/v1", headers=headers, timeout=PATIENCE_S) as http:
        (await http.post("/rooms", json=body)).raise_for_status()
        (await http.post(f"/rooms/{name}/open")).raise_for_status()
    return name


@pytest.fixture
async def connect(server: Server, room: str) -> AsyncIterator[Connect]:
    """Connects users to the room; closes them in the end."""
    async with AsyncExitStack() as stack:

        async def one(user_id: str, role: str = "viewer", **options: Any) -> LiveRoomClient:
            rooms = [room] if role in ("host", "moderator") else None
            token = server.token(user_id, name=user_id, role=role, rooms=rooms)
            settings = {"token": token, "rooms": [room], **options}
            return await stack.enter_async_context(LiveRoomClient(server.socket_address, **settings))

        yield one


async def texts(events: EventStream, count: int) -> list[str]:
    """The next `count` comments."""
    found: list[str] = []
    async with asyncio.timeout(PATIENCE_S):
        while len(found) < count:
            event = await anext(events)
            if event.kind == "comment.sent":
                found.append(event.data["text"])
    return found


async def upto(events: EventStream, holds: Callable[[Event], bool]) -> Event:
    """The next event that fulfils the condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds(event := await anext(events)):
            pass
    return event


def shown(room: Room) -> dict[str, Any]:
    """What a viewer sees of a room, without what is theirs alone or still counting."""
    return {name: room.state[name] for name in ("room", "show", "comments")}


async def test_two_people_talk(connect: Connect, room: str) -> None:
    """A comment reaches both, once, and the ack names it."""
    ann, ben = await connect("ann"), await connect("ben")
    hears = [ann.rooms[room].events(), ben.rooms[room].events()]
    answer = await ann.rooms[room].send("comment.send", text="有 XL 码吗")
    events = [await upto(each, lambda event: event.kind == "comment.sent") for each in hears]
    assert [event.data["id"] for event in events] == [answer["comment_id"]] * 2
    assert [event.seq for event in events] == [answer["seq"]] * 2


async def test_events_after_a_snapshot_give_the_snapshot_of_a_later_joiner(connect: Connect, room: str) -> None:
    """The invariant of the protocol, over a whole show."""
    early = await connect("early")
    host = await connect("h1", "host")
    stage, hears = host.rooms[room], early.rooms[room].events()
    await stage.send("room.go_live")
    await stage.send("room.update", title="New title")
    first = await stage.send("comment.send", text="hello")
    await stage.send("comment.send", text="an answer", reply_to=first["comment_id"])
    assert await texts(hears, 2) == ["hello", "an answer"]
    later = await connect("later")
    assert shown(early.rooms[room]) == shown(later.rooms[room])
    ended = await stage.send("room.end")
    await upto(hears, lambda event: event.seq == ended["seq"])
    host_after = await connect("h1", "host")
    assert shown(early.rooms[room]) == shown(host_after.rooms[room])


async def test_a_cut_loses_and_doubles_nothing(connect: Connect, room: str) -> None:
    """Twenty comments while one of the two is away."""
    wire = Wire()
    ann, host = await connect("ann", connect=wire.connect), await connect("h1", "host")
    hears = ann.rooms[room].events()
    said = [f"no. {number}" for number in range(30)]
    for number, text in enumerate(said):
        if number == 5:
            wire.cut(stay_down=True)
        await host.rooms[room].send("comment.send", text=text)
    wire.is_up.set()
    assert await texts(hears, len(said)) == said
    assert wire.opened == 2
    assert shown(ann.rooms[room]) == shown(host.rooms[room])


async def test_a_command_whose_answer_was_lost_takes_effect_once(connect: Connect, room: str) -> None:
    """The server has done it, the client does not know, and asks again with the same key."""
    wire = Wire()
    ann, ben = await connect("ann", connect=wire.connect), await connect("ben")
    hears = ben.rooms[room].events()
    wire.loses_answers = True
    sending = asyncio.create_task(ann.rooms[room].send("comment.send", text="once"))
    event = await upto(hears, lambda event: event.kind == "comment.sent")
    wire.cut()
    answer = await sending
    assert answer["duplicate"] is True
    assert answer["comment_id"] == event.data["id"]
    await ben.rooms[room].send("comment.send", text="and then")
    assert await texts(hears, 1) == ["and then"]


async def test_a_refusal_names_its_code_and_field(connect: Connect, room: str) -> None:
    """And the connection goes on."""
    ann = await connect("ann")
    with pytest.raises(CommandRefused) as refused:
        await ann.rooms[room].send("comment.send", text="")
    assert (refused.value.code, refused.value.retryable) == ("invalid_field", False)
    assert "text" in str(refused.value.facts.get("field"))
    with pytest.raises(CommandRefused) as forbidden:
        await ann.rooms[room].send("room.end")
    assert forbidden.value.code == "forbidden"
    assert await ann.ping() >= 0


async def test_the_welcome_is_a_private_event(connect: Connect, server: Server, room: str) -> None:
    """Everybody is greeted by name; it is not part of the room's order."""
    live = LiveRoomClient(server.socket_address, token=server.token("zoe", name="Zoe"), rooms=[room])
    hears = live.events()
    async with live:
        event = await upto(hears, lambda event: event.kind == "welcome.shown")
    assert (event.lane, event.room, event.seq) == (Lane.PRIVATE, room, None)
    assert "Zoe" in event.data["text"]


async def test_a_guest_stays_the_same_guest(connect: Connect, room: str) -> None:
    """Across a cut, by the token that the server gave."""
    wire = Wire()
    guest = await connect("", token=None, connect=wire.connect)
    before = guest.user
    hears = guest.events()
    wire.cut()
    await upto(hears, lambda event: event.kind == "joined")
    assert before["guest"]
    assert guest.user == before


async def test_a_short_token_is_renewed_without_a_cut(server: Server, connect: Connect, room: str) -> None:
    """In band, before it ends: of one that is good for less than a minute the server says so at once."""
    wire, renewed = Wire(), asyncio.Event()
    asked = 0

    async def source() -> str:
        nonlocal asked
        asked += 1
        if asked == 2:
            renewed.set()
        return server.token("ann", name="ann", lifetime_s=50 if asked < 2 else 600)

    live = await connect("ann", token=None, get_token=source, connect=wire.connect)
    async with asyncio.timeout(PATIENCE_S):
        await renewed.wait()
    await live.rooms[room].send("comment.send", text="still here")
    assert wire.opened == 1


async def test_a_forged_token_is_refused_for_good(server: Server, room: str) -> None:
    """The client learns the reason and does not come back by itself."""
    forged = server.token("ann")[:-4] + "AAAA"
    with pytest.raises(ClientClosed) as closed:
        async with LiveRoomClient(server.socket_address, token=forged, rooms=[room]):
            pass
    assert closed.value.code == "invalid_token"


async def test_a_room_that_does_not_exist_is_left_and_the_other_entered(connect: Connect, room: str) -> None:
    """One bad name does not cost the connection."""
    live = await connect("ann", rooms=[room, "no-such-room"])
    assert list(live.rooms) == [room]
    assert live.rooms[room].status == "joined"


async def test_a_ban_ends_the_room_and_says_so(connect: Connect, room: str) -> None:
    """Nothing more is heard from it."""
    bad, host = await connect("bad"), await connect("h1", "host")
    there = bad.rooms[room]
    hears = there.events()
    await host.rooms[room].send("user.ban", user_id="bad", reason="spam")
    left = await upto(hears, lambda event: event.kind == "left")
    assert left.data["code"] == "banned"
    assert there.error is not None
    with pytest.raises(StopAsyncIteration):
        await anext(hears)


async def test_compression_may_be_asked_for(connect: Connect, room: str) -> None:
    """The same events, smaller."""
    live, host = await connect("ann", compress=True), await connect("h1", "host")
    hears = live.rooms[room].events()
    said = [f"{number} " + "长" * 400 for number in range(5)]
    for text in said:
        await host.rooms[room].send("comment.send", text=text)
    assert await texts(hears, len(said)) == said


async def test_a_node_that_stops_is_left_in_order() -> None:
    """SIGTERM: the client is told, its last command is answered, and it is not closed for good."""
    with running_server(LIVEROOM_DRAIN_S="2") as node:
        name = await open_room(node)
        live = LiveRoomClient(node.socket_address, token=node.token("ann", name="ann"), rooms=[name])
        async with live:
            hears = live.events()
            sending = asyncio.create_task(live.rooms[name].send("comment.send", text="last"))
            await upto(hears, lambda event: event.kind == "comment.sent")
            node.process.send_signal(signal.SIGTERM)
            assert (await sending)["comment_id"]
            cut = await upto(hears, lambda event: event.kind == "status")
            assert cut.data["status"] == "reconnecting"
            assert cut.data["code"] == 4000
