"""Cuts, refusals and moves of the Python client, on a network in memory."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.client import TransportClosed
from liveroom.realtime.client.link import OUTBOX_MAX, Down, Frame, Link
from tests.clients.fakes import FakeNetwork, FakeSocket, comment, events, make_client, recovered, until
from tests.support.clock import FakeClock


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


async def test_a_peer_that_does_not_read_is_given_up(clock: FakeClock) -> None:
    """What waits to be written is bounded."""
    downs: list[Down] = []

    class Owner:
        def on_open(self, link: Link) -> None:
            """Nothing to say."""

        def on_frame(self, link: Link, frame: Frame) -> None:
            """Nothing to hear."""

        def owed_since_s(self, link: Link) -> None:
            """Nothing."""

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
