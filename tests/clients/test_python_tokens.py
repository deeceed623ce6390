"""How the Python client gets and renews its tokens, on a network in memory."""

from __future__ import annotations

import pytest

from liveroom.realtime.client import (
    ClientClosed,
)
from tests.clients.fakes import FakeNetwork, make_client, until
from tests.support.clock import START_MS, FakeClock


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
