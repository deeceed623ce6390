"""Rooms and commands of the Python client, on a network in memory: what a black box cannot show or is slow to."""

from __future__ import annotations

import asyncio
import math

import pytest

from liveroom.realtime.client import (
    AnswerMissing,
    ClientClosed,
    CommandRefused,
    MessageTooBig,
    TooManyPending,
)
from liveroom.realtime.client.commands import PENDING_MAX
from liveroom.realtime.client.link import Frame
from tests.clients.fakes import FakeNetwork, comment, events, joined, make_client, until
from tests.support.clock import START_MS, FakeClock


async def test_entering_gives_rooms_with_their_snapshot(network: FakeNetwork, clock: FakeClock) -> None:
    """The first lines of the documentation."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome(user={"id": "u1"})
    await live.wait_connected()
    room = live.rooms["demo"]
    heard = room.events()
    socket.push(events(11, comment(11)))
    assert (await anext(heard)).data["text"] == "11"
    assert (room.seq, live.user["id"], live.status) == (11, "u1", "connected")
    await live.close()
    assert [event.kind async for event in heard] == []
    assert socket.closed_by_client.is_set()


async def test_an_ack_gives_its_data_and_an_error_raises(network: FakeNetwork, clock: FakeClock) -> None:
    """Both ends of a command."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome()
    sending = asyncio.create_task(live.join("demo").send("comment.send", text="hi"))
    command = await socket.read("comment.send")
    socket.push({"type": "ack", "id": command["id"], "seq": 11, "data": {"comment_id": "c"}, "duplicate": True})
    assert await sending == {"comment_id": "c", "seq": 11, "duplicate": True}
    sending = asyncio.create_task(live.rooms["demo"].send("comment.send", {"text": ""}))
    command = await socket.read("comment.send")
    error = {"code": "invalid_field", "message": "empty", "retryable": False, "field": "text"}
    socket.push({"type": "error", "id": command["id"], "error": error})
    with pytest.raises(CommandRefused) as refused:
        await sending
    assert (refused.value.code, refused.value.facts) == ("invalid_field", {"field": "text"})
    assert refused.value.key == command["key"]
    await live.close()


async def test_one_command_more_than_the_bound_is_refused_at_once(network: FakeNetwork, clock: FakeClock) -> None:
    """Without a connection commands wait, but not without end."""
    live = make_client(network, clock)
    room = live.rooms["demo"]
    waiting = [asyncio.create_task(room.send("like.send", count=1)) for _ in range(PENDING_MAX)]
    await until(lambda: len(live._session.commands._pending) == PENDING_MAX)
    with pytest.raises(TooManyPending):
        await room.send("like.send", count=1)
    await live.close()
    ends = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(end, ClientClosed) for end in ends)


async def test_a_command_without_an_answer_ends_after_ten_seconds(network: FakeNetwork, clock: FakeClock) -> None:
    """And says with which key it may be repeated."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome()
    sending = asyncio.create_task(live.rooms["demo"].send("comment.send", text="hi", key="k1"))
    await socket.read("comment.send")
    clock.advance(9_999)
    assert not sending.done()
    clock.advance(1)
    with pytest.raises(AnswerMissing) as missing:
        await sending
    assert missing.value.key == "k1"
    assert missing.value.retryable
    await live.close()


async def test_a_command_larger_than_the_server_takes_is_not_sent(network: FakeNetwork, clock: FakeClock) -> None:
    """It would cost the connection."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome(limits={"message_bytes": 200})
    await live.wait_connected()
    with pytest.raises(MessageTooBig):
        await live.rooms["demo"].send("comment.send", text="x" * 200)
    await socket.sync()
    await live.close()


async def test_a_room_that_is_busy_is_entered_later(network: FakeNetwork, clock: FakeClock) -> None:
    """A retryable refusal is not the end of the room."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    busy = {"code": "overloaded", "message": "busy", "retryable": True, "retry_after_ms": 2_000}
    await socket.welcome(rooms={"demo": {"error": busy}})
    await live.wait_connected()
    clock.advance(1_999)
    await socket.sync()
    clock.advance(1_001)
    join = await socket.read("room.join")
    socket.push({"type": "ack", "id": join["id"], "data": joined()})
    await socket.sync()
    assert live.rooms["demo"].status == "joined"
    await live.close()


async def test_a_room_joined_while_connect_is_under_way_is_entered(network: FakeNetwork, clock: FakeClock) -> None:
    """And one that was left meanwhile is left."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome(rooms={"demo": joined(), "early": joined("early")})
    live.join("late")
    live.leave("demo")
    assert {(await socket.read(type_))["room"] for type_ in ("room.leave", "room.join")} == {"demo", "late"}
    await live.close()


@pytest.mark.parametrize(
    "frame",
    [
        "not json",
        "[1]",
        {"type": "events", "room": "demo", "seq": "x", "events": 3},
        {"type": "events", "room": "demo"},
        {"type": "private", "events": [{}]},
        {"type": 7},
        {},
    ],
)
async def test_a_frame_that_breaks_its_shape_costs_itself(
    network: FakeNetwork, clock: FakeClock, frame: Frame | str
) -> None:
    """The connection goes on, and what follows is right."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome()
    socket.push(frame, events(11, comment(11)))
    assert (await socket.sync())["seqs"] == {"demo": 11}
    await live.close()


async def test_ping_tells_the_round_trip_and_sets_the_clock(network: FakeNetwork, clock: FakeClock) -> None:
    """Half of the round trip is taken for the way back."""
    live = make_client(network, clock)
    assert math.isnan(await live.ping())
    live.start()
    socket = await network.accept()
    await socket.welcome()
    await live.wait_connected()
    pinging = asyncio.create_task(live.ping())
    ping = await socket.read("ping")
    clock.advance(40)
    socket.push({"type": "pong", "id": ping["id"], "server_time": START_MS + 1_000})
    assert await pinging == pytest.approx(40)
    assert live.server_now_ms() == pytest.approx(START_MS + 1_020)
    await live.close()
