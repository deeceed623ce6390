"""How the Python client notices a line that is dead without a word, and leaves one in peace that is not."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.client import AnswerMissing, LiveRoomClient, TransportClosed
from liveroom.realtime.client.commands import Commands
from liveroom.realtime.client.link import OUTBOX_MAX, Frame
from tests.clients.fakes import FakeNetwork, FakeSocket, make_client, recovered, until
from tests.support.clock import FakeClock

PONG = {"type": "pong", "server_time": 1}


async def enter(network: FakeNetwork, clock: FakeClock) -> tuple[LiveRoomClient, FakeSocket]:
    """A client that is connected and in `demo`, and its connection."""
    live = make_client(network, clock)
    live.start()
    socket = await network.accept()
    await socket.welcome()
    await live.wait_connected()
    return live, socket


async def attempts(network: FakeNetwork) -> int:
    """How often the client has tried by now."""
    for _ in range(10):
        await asyncio.sleep(0)
    return network.attempts


async def speak(live: LiveRoomClient, socket: FakeSocket) -> tuple[asyncio.Task[Frame], Frame]:
    """A comment that nobody answers: the waiting call, and the command as it was sent."""
    sending = asyncio.create_task(live.rooms["demo"].send("comment.send", text="hi"))
    return sending, await socket.read("comment.send")


async def test_a_line_that_owes_an_answer_and_is_silent_is_left_after_seven_seconds(
    network: FakeNetwork, clock: FakeClock
) -> None:
    """Asked after three, given up after four more; the command goes over the next one under its key."""
    live, socket = await enter(network, clock)
    sending, first = await speak(live, socket)
    clock.advance(3_000)
    assert await socket.read("ping") == {"type": "ping"}
    clock.advance(3_999)
    assert live.status == "connected"
    clock.advance(1)
    assert live.status == "reconnecting"
    await until(lambda: socket.closed_by_client.is_set())
    clock.advance(500)
    new = await network.accept()
    assert (await new.welcome(rooms={"demo": recovered(10)}))["rooms"] == {"demo": {"epoch": "e1", "seq": 10}}
    again = await new.read("comment.send")
    assert (again["key"], again["data"]) == (first["key"], first["data"])
    new.push({"type": "ack", "id": again["id"], "data": {}, "duplicate": True})
    assert await sending == {"duplicate": True}
    await live.close()


async def test_a_line_on_which_frames_come_is_not_asked(network: FakeNetwork, clock: FakeClock) -> None:
    """However long the answer takes; nor is a quiet one whose answers are there."""
    live, socket = await enter(network, clock)
    sending, _ = await speak(live, socket)
    for _ in range(4):
        clock.advance(2_400)
        await socket.sync()
    clock.advance(400)
    with pytest.raises(AnswerMissing):
        await sending
    sending, command = await speak(live, socket)
    socket.push({"type": "ack", "id": command["id"], "data": {}})
    assert await sending == {}
    clock.advance(25_000)
    await socket.sync()
    assert network.attempts == 1
    await live.close()


async def test_the_patience_begins_with_the_command_that_waits(network: FakeNetwork, clock: FakeClock) -> None:
    """Not with an earlier one, which was answered."""
    live, socket = await enter(network, clock)
    sending, command = await speak(live, socket)
    socket.push({"type": "ack", "id": command["id"], "data": {}})
    await sending
    clock.advance(2_900)
    _, command = await speak(live, socket)
    clock.advance(2_999)
    link = live._session.line.link
    assert link is not None
    assert not link._outbox
    clock.advance(1)
    await socket.read("ping")
    await live.close()


async def test_a_sign_of_life_keeps_the_line_while_the_answer_is_late(network: FakeNetwork, clock: FakeClock) -> None:
    """A server that is slow with its database still answers a ping; it is asked again after three seconds."""
    live, socket = await enter(network, clock)
    sending, _ = await speak(live, socket)
    for _ in range(3):
        clock.advance(3_000)
        await socket.read("ping")
        socket.push(PONG)
        await socket.sync()
    clock.advance(1_000)
    with pytest.raises(AnswerMissing):
        await sending
    clock.advance(10_000)
    assert (live.status, network.attempts) == ("connected", 1)
    await live.close()


async def test_a_ping_of_the_program_is_owed_an_answer_too(network: FakeNetwork, clock: FakeClock) -> None:
    """It ends as NaN when the line is found dead."""
    live, socket = await enter(network, clock)
    pinging = asyncio.create_task(live.ping())
    await socket.read("ping")
    clock.advance(3_000)
    await socket.read("ping")
    clock.advance(4_000)
    assert live.status == "reconnecting"
    assert str(await pinging) == "nan"
    await live.close()


async def test_a_look_at_a_dead_line_ends_in_a_new_one_soon(network: FakeNetwork, clock: FakeClock) -> None:
    """Within half a second, since a whole venue may hear of its network at once; a line that lives is left alone."""
    live, socket = await enter(network, clock)
    live.check()
    await socket.read("ping")
    socket.push(PONG)
    await socket.sync()
    clock.advance(10_000)
    assert live.status == "connected"
    live.check()
    live.check()
    await socket.read("ping")
    clock.advance(3_999)
    assert live.status == "connected"
    clock.advance(1 + 499)
    assert await attempts(network) == 1
    clock.advance(1)
    new = await network.accept()
    assert (await new.welcome(rooms={"demo": recovered(10)}))["rooms"] == {"demo": {"epoch": "e1", "seq": 10}}
    await until(lambda: live.status == "connected")
    new.end(1006)
    await until(lambda: live.status == "reconnecting")
    clock.advance(500)
    await (await network.accept()).welcome(rooms={"demo": recovered(10)})
    await live.close()


async def test_a_look_shortens_a_wait_but_not_what_the_server_asked(network: FakeNetwork, clock: FakeClock) -> None:
    """Between two attempts; before the start and after the end it does nothing."""
    live = make_client(network, clock)
    live.check()
    refusal = TransportClosed(1006, "HTTP 503", reconnect=True, retry_after_ms=3_000)
    network.refusals = [TransportClosed(1006, "not there"), TransportClosed(1006, "not there"), refusal]
    live.start()
    for tries, wait_ms in ((1, 500), (2, 1_000), (3, 2_999)):
        assert await attempts(network) == tries
        clock.advance(wait_ms)
    live.check()
    clock.advance(0)
    assert await attempts(network) == 3
    clock.advance(1)
    live.check()
    clock.advance(499)
    live.check()
    assert await attempts(network) == 3, "not all of a venue at once"
    clock.advance(1)
    await (await network.accept()).welcome()
    await live.wait_connected()
    await live.close()
    live.check()
    assert network.attempts == 4


async def test_a_program_that_stood_still_asks_again_before_it_gives_up(network: FakeNetwork, clock: FakeClock) -> None:
    """What came meanwhile waits to be read, behind the timer."""
    live, socket = await enter(network, clock)
    live.check()
    await socket.read("ping")
    clock.stand_still(9_000)
    socket.push(PONG)
    clock.advance(0)
    await socket.read("ping")
    clock.advance(10_000)
    assert (live.status, network.attempts) == ("connected", 1)
    await live.close()


async def test_commands_behind_the_frame_that_cost_the_line_go_over_the_next_one(
    network: FakeNetwork, clock: FakeClock
) -> None:
    """Nothing is handed to a line that went down under the hand."""
    live, _ = await enter(network, clock)
    commands, link = live._session.commands, live._session.line.link
    assert isinstance(commands, Commands)
    assert link is not None
    link._outbox.extend(["{}"] * (OUTBOX_MAX - 1))
    waiting = [commands.add("like.send", "demo", {"count": 1}, key=f"k{number}") for number in range(3)]
    commands.flush(link)
    clock.advance(500)
    new = await network.accept()
    await new.welcome(rooms={"demo": recovered(10)})
    assert [(await new.read("like.send"))["key"] for _ in waiting] == ["k0", "k1", "k2"]
    await live.close()
    await asyncio.gather(*waiting, return_exceptions=True)
