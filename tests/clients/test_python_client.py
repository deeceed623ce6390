"""The Python client on a network in memory: what the conformance suite cannot see or would have to wait for."""

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
    TransportClosed,
)
from liveroom.realtime.client.commands import PENDING_MAX
from liveroom.realtime.client.link import OUTBOX_MAX, Down, Frame, Link
from tests.clients.fakes import FakeNetwork, FakeSocket, comment, events, joined, make_client, recovered, until
from tests.support.clock import START_MS, FakeClock


@pytest.fixture
def network() -> FakeNetwork:
    """Nobody is connected."""
    return FakeNetwork()


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


async def test_silence_longer_than_the_heartbeat_and_ten_seconds_is_a_cut(
    network: FakeNetwork, clock: FakeClock
) -> None:
    """Any frame begins the count anew."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome()
    await live.wait_connected()
    clock.advance(30_000)
    await socket.sync()
    clock.advance(34_999)
    assert live.status == "connected"
    clock.advance(1)
    assert live.status == "reconnecting"
    clock.advance(500)
    again = await network.accept()
    assert (await again.welcome())["rooms"] == {"demo": {"epoch": "e1", "seq": 10}}
    await live.close()


async def test_a_server_that_never_answers_connect_is_given_up_after_ten_seconds(
    network: FakeNetwork, clock: FakeClock
) -> None:
    """An open socket is not a connection yet."""
    live = make_client(network, clock)
    live.start()
    await (await network.accept()).read("connect")
    clock.advance(10_000)
    clock.advance(500)
    await (await network.accept()).welcome()
    await live.wait_connected()
    await live.close()


async def test_a_failing_token_source_is_asked_again_with_backoff(network: FakeNetwork, clock: FakeClock) -> None:
    """The source is somebody else's server."""
    asked = 0

    async def source() -> str:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise OSError("away")
        return "t2"

    live = make_client(network, clock, token=None, get_token=source)
    live.start()
    await until(lambda: live.status == "reconnecting")
    assert network.attempts == 0
    clock.advance(500)
    connect = await (await network.accept()).welcome()
    assert connect["token"] == "t2"
    await live.close()


async def test_a_token_is_renewed_sixty_seconds_before_its_end(network: FakeNetwork, clock: FakeClock) -> None:
    """In band, without being told."""
    tokens = iter(["t1", "t2"])

    async def source() -> str:
        return next(tokens)

    live = make_client(network, clock, token=None, get_token=source)
    live.start()
    socket = await network.accept()
    await socket.welcome(token_expires_at=START_MS + 3_600_000, heartbeat_ms=7_200_000)
    await live.wait_connected()
    clock.advance(3_539_999)
    await socket.sync()
    clock.advance(1)
    refresh = await socket.read("auth.refresh")
    assert refresh["data"] == {"token": "t2"}
    await live.close()


async def test_an_expired_token_without_a_source_ends_the_client(network: FakeNetwork, clock: FakeClock) -> None:
    """Coming back with the same token would fail for ever."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome()
    await live.wait_connected()
    socket.end(4003)
    await until(lambda: live.status == "closed")
    with pytest.raises(ClientClosed):
        await live.rooms["demo"].send("comment.send", text="hi")
    await live.close()


async def test_a_guest_whose_token_expired_comes_back_as_a_new_guest(network: FakeNetwork, clock: FakeClock) -> None:
    """A guest needs no token."""
    live = make_client(network, clock, token=None)
    live.start()
    socket = await network.accept()
    await socket.welcome(guest_token="g1")
    await live.wait_connected()
    socket.end(4003)
    await until(lambda: live.status == "reconnecting")
    clock.advance(500)
    assert "token" not in await (await network.accept()).welcome()
    await live.close()


async def test_the_error_that_refused_connect_is_the_error_of_the_client(
    network: FakeNetwork, clock: FakeClock
) -> None:
    """The program learns why, not only with which code."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    connect = await socket.read("connect")
    error = {"code": "invalid_token", "message": "the token is not valid", "retryable": False}
    socket.push({"type": "error", "id": connect["id"], "error": error})
    socket.end(4401)
    with pytest.raises(ClientClosed) as closed:
        await live.wait_connected()
    assert closed.value.code == "invalid_token"
    await live.close()


async def test_http_refusals_end_or_delay_the_client(network: FakeNetwork, clock: FakeClock) -> None:
    """503 with Retry-After is a lower bound, 403 is final."""
    network.refusals = [
        TransportClosed(1006, "HTTP 503", reconnect=True, retry_after_ms=3_000),
        TransportClosed(1006, "HTTP 403", reconnect=False),
    ]
    live = make_client(network, clock)
    live.start()
    await until(lambda: live.status == "reconnecting")
    clock.advance(2_999)
    assert network.attempts == 1
    clock.advance(501)
    await until(lambda: live.status == "closed")
    assert network.attempts == 2
    await live.close()


async def test_a_move_goes_to_the_named_address_but_never_to_an_open_line(
    network: FakeNetwork, clock: FakeClock
) -> None:
    """`url` is taken relative to ours; wss is never given up for ws."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome()
    await live.wait_connected()
    socket.push({"type": "reconnect", "after_ms": 100, "url": "ws://other/ws"})
    await socket.sync()
    clock.advance(100)
    moved = await network.accept()
    assert moved.url == "ws://other/ws"
    live._session.line._url = "wss://test/ws"
    assert live._session.line._resolve("ws://other/ws") is None
    assert live._session.line._resolve("/ws2") == "wss://test/ws2"
    await live.close()


async def test_a_move_that_fails_keeps_the_old_connection(network: FakeNetwork, clock: FakeClock) -> None:
    """The old one serves until the new one stands."""
    live = make_client(network, clock)
    live.start()
    old = await network.accept()
    await old.welcome()
    await live.wait_connected()
    network.refusals = [TransportClosed(1006, "no connection")]
    old.push({"type": "reconnect", "after_ms": 0})
    await old.sync()
    clock.advance(0)
    await until(lambda: network.attempts == 2 and clock.pending > 1)
    old.push(events(11, comment(11)))
    await old.sync()
    assert (live.status, live.rooms["demo"].seq) == ("connected", 11)
    clock.advance(500)
    new = await network.accept()
    await new.welcome(rooms={"demo": recovered(11)})
    await asyncio.wait_for(old.closed_by_client.wait(), 5)
    await live.close()


async def test_a_move_waits_at_most_two_seconds_for_old_answers(network: FakeNetwork, clock: FakeClock) -> None:
    """Then the command is sent again on the new connection, with its key."""
    live = make_client(network, clock)
    live.start()
    old = await network.accept()
    await old.welcome()
    await live.wait_connected()
    sending = asyncio.create_task(live.rooms["demo"].send("comment.send", text="hi"))
    first = await old.read("comment.send")
    old.push({"type": "reconnect", "after_ms": 0})
    await old.sync()
    clock.advance(0)
    new = await network.accept()
    await new.welcome(rooms={"demo": recovered(10)})
    await new.sync()
    assert not old.closed_by_client.is_set()
    clock.advance(2_000)
    again = await new.read("comment.send")
    assert again["key"] == first["key"]
    new.push({"type": "ack", "id": again["id"], "data": {}, "duplicate": True})
    assert await sending == {"duplicate": True}
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


async def test_a_peer_that_does_not_read_is_given_up(clock: FakeClock) -> None:
    """What waits to be written is bounded."""
    downs: list[Down] = []

    class Owner:
        def on_open(self, link: Link) -> None:
            """Nothing to say."""

        def on_frame(self, link: Link, frame: Frame) -> None:
            """Nothing to hear."""

        def on_down(self, link: Link, down: Down) -> None:
            downs.append(down)

    class Deaf(FakeSocket):
        async def send(self, text: str) -> None:
            await asyncio.Event().wait()

    async def connect(url: str) -> Deaf:
        return Deaf(url)

    link = Link("ws://test/ws", None, Owner(), clock, connect)
    for number in range(OUTBOX_MAX + 1):
        link.send({"type": "pong", "t": number})
    assert [down.code for down in downs] == [1006]
    await asyncio.gather(link.task, return_exceptions=True)


async def test_waiting_for_a_server_that_is_not_there_ends(network: FakeNetwork, clock: FakeClock) -> None:
    """`wait_connected` has a bound of its own; the attempts go on until the client is closed."""
    network.refusals = [TransportClosed(1006, "no connection")]
    live = make_client(network, clock)
    live.start()
    with pytest.raises(TimeoutError):
        await live.wait_connected(timeout_s=0.01)
    await live.close()
