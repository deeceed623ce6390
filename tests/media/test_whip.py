"""An encoder sends by one HTTP call, and a simple player receives by another."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import httpx
import pytest

from liveroom.realtime.media.base import Answer
from tests.media.streams import offer
from tests.support.media_robot import Robot, only_loopback
from tests.support.server import Server

__all__ = ["only_loopback"]

pytestmark = pytest.mark.usefixtures("only_loopback")
_numbers = itertools.count(1)


@pytest.fixture
def room(server: Server) -> str:
    return server.create_room(f"whip-{next(_numbers)}")


@pytest.fixture
async def http(server: Server, room: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{server.address}/api/v1/rooms/{room}", timeout=60) as client:
        yield client


def _headers(server: Server, user_id: str, role: str, room: str) -> dict[str, str]:
    token = server.token(user_id, role=role, rooms=[room] if role == "host" else None)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}


async def test_an_encoder_sends_and_a_player_receives(server: Server, room: str, http: httpx.AsyncClient) -> None:
    encoder, player = Robot(None, room, "host"), Robot(None, room, "player")  # type: ignore[arg-type] # by HTTP
    sent = await http.post("/whip", content=await encoder.offer(0), headers=_headers(server, "host", "host", room))
    assert (sent.status_code, sent.headers["content-type"].partition(";")[0]) == (201, "application/sdp")
    await encoder.accept(Answer("", sent.text))
    wanted = await player.offer(1, sends=False)
    got = await http.post("/whep", content=wanted, headers=_headers(server, "player", "viewer", room))
    await player.accept(Answer("", got.text))
    await player.until_gets("1", 3)
    host = _headers(server, "host", "host", room)
    place = sent.headers["location"].removeprefix(f"/api/v1/rooms/{room}")
    assert (await http.patch(place, content="a=end-of-candidates", headers=host)).status_code == 204
    gone = await http.delete("/media/m_0123456789abcdef", headers=host)
    assert (gone.status_code, gone.json()["error"]["field"]) == (404, "session")
    await player.until_gets("1", 3)
    assert (await http.delete(place, headers=host)).status_code == 204
    await encoder.close()
    await player.close()


async def test_who_is_not_expected_may_not_send(server: Server, room: str, http: httpx.AsyncClient) -> None:
    answer = await http.post("/whip", content=offer(0), headers=_headers(server, "anybody", "viewer", room))
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "wrong_state")
    assert (await http.post("/whip", content=offer(0))).status_code == 401


@pytest.mark.parametrize("body", ["", "v=0", "x" * 20_000])
async def test_what_is_no_description_is_refused(server: Server, room: str, http: httpx.AsyncClient, body: str) -> None:
    answer = await http.post("/whip", content=body, headers=_headers(server, "host", "host", room))
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "sdp")


async def test_another_kind_of_body_is_refused(server: Server, room: str, http: httpx.AsyncClient) -> None:
    headers = _headers(server, "host", "host", room) | {"Content-Type": "application/json"}
    assert (await http.post("/whip", content="{}", headers=headers)).status_code == 422


async def test_players_whose_description_is_refused_take_no_places(
    server: Server, room: str, http: httpx.AsyncClient
) -> None:
    for number in range(3):  # of two places
        answer = await http.post("/whep", content="v=0", headers=_headers(server, f"odd-{number}", "viewer", room))
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "sdp")
    player = Robot(None, room, "player")  # type: ignore[arg-type] # by HTTP
    wanted = await player.offer(1, sends=False)
    assert (await http.post("/whep", content=wanted, headers=_headers(server, "player", "viewer", room))).is_success
    await player.close()
