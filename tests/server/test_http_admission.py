"""Who may not be in a room may not reach it over HTTP either: the same rules as on the socket, for every route."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from tests.support.http_app import AWAY, HERE, KEY, ROOM, HttpApp, running_app

PATH = f"/api/v1/rooms/{ROOM}"
CALLS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", PATH, None),
    ("GET", f"{PATH}/snapshot", None),
    ("POST", f"{PATH}/comments", {"text": "hi"}),
    ("POST", f"{PATH}/likes", {"count": 1}),
]
"""What everybody may do who may be in the room."""


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[HttpApp]:
    """A server with a room that is live."""
    async with running_app(tmp_path) as app:
        await app.open_room()
        yield app


async def ask(app: HttpApp, token: str, *, address: str = AWAY) -> set[tuple[int, str]]:
    """Status and error code of each call of `CALLS`."""
    seen = set()
    for method, path, body in CALLS:
        answer = await app.call(method, path, token, json=body, address=address)
        seen.add((answer.status_code, "" if answer.is_success else answer.json()["error"]["code"]))
    return seen


async def ban(app: HttpApp, user_id: str) -> None:
    """Ban somebody from the room, and wait until the node has heard of it."""
    assert (await app.call("POST", f"{PATH}/bans", KEY, json={"user_id": user_id})).status_code == 204
    await asyncio.gather(*app.node.rooms.open_rooms._tasks)


async def test_a_viewer_may_read_talk_and_like(app: HttpApp) -> None:
    """So that the refusals below are those of the rules."""
    assert {status for status, _ in await ask(app, app.token("u1"))} == {200, 201, 202}


async def test_who_is_banned_from_the_room_is_refused(app: HttpApp) -> None:
    """Until the ban is lifted."""
    await ban(app, "u1")
    assert await ask(app, app.token("u1")) == {(403, "banned")}
    assert (await app.call("DELETE", f"{PATH}/bans/u1", KEY)).status_code == 204
    await asyncio.gather(*app.node.rooms.open_rooms._tasks)
    assert {code for _, code in await ask(app, app.token("u1"))} == {""}


async def test_who_is_banned_from_the_server_is_refused(app: HttpApp) -> None:
    assert (await app.call("POST", "/api/v1/bans", KEY, json={"user_id": "u1"})).status_code == 204
    assert await ask(app, app.token("u1")) == {(403, "banned")}


async def test_a_token_for_other_rooms_is_refused(app: HttpApp) -> None:
    assert await ask(app, app.token("u1", rooms=["another"])) == {(403, "forbidden")}


async def test_a_host_of_another_room_is_a_viewer_here(app: HttpApp) -> None:
    token = app.token("h2", Role.HOST, ["another"])
    assert {code for _, code in await ask(app, token)} == {""}
    for path in ("end", "go_live", "open"):
        answer = await app.call("POST", f"{PATH}/{path}", token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


async def test_guests_are_refused_where_the_room_does_not_admit_them(tmp_path: Path) -> None:
    async with running_app(tmp_path) as app:
        await app.open_room(guests=False)
        assert await ask(app, app.guest()) == {(403, "guests_not_allowed")}


async def test_a_guest_from_where_a_guest_was_banned_is_refused(app: HttpApp) -> None:
    """Over HTTP as on the socket; people with a token and guests from elsewhere are not concerned."""
    await ban(app, app.node.issuer.guest_marks.make_id(AWAY))
    assert await ask(app, app.guest()) == {(403, "banned")}
    assert {code for _, code in await ask(app, app.guest(), address=HERE)} == {""}
    assert {code for _, code in await ask(app, app.token("u1"))} == {""}


async def test_a_snapshot_is_the_one_of_the_joins_and_encoded_once(
    app: HttpApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is asked for, until something is said."""
    await app.call("POST", f"{PATH}/comments", KEY, json={"text": "hi"})
    room = await app.node.rooms.room(ROOM)
    token = app.token("u1")
    first = (await app.call("GET", f"{PATH}/snapshot", token)).json()
    assert first["comments"][-1]["data"]["text"] == "hi"
    assert first["room"]["id"] == ROOM
    assert (first["epoch"], first["seq"]) == tuple(room.fanout.position)
    made = type(room.snapshot).as_object
    monkeypatch.setattr(type(room.snapshot), "as_object", lambda _: 1 // 0)
    for _ in range(5):
        assert (await app.call("GET", f"{PATH}/snapshot", token)).json() == first
    monkeypatch.setattr(type(room.snapshot), "as_object", made)
    await app.call("POST", f"{PATH}/comments", KEY, json={"text": "new"})
    again = (await app.call("GET", f"{PATH}/snapshot", token)).json()
    assert again["comments"][-1]["data"]["text"] == "new"
    assert again["seq"] == first["seq"] + 1


async def test_no_call_waits_for_a_thread(app: HttpApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a route depends on is worked out in the event loop: a thread for it would cost more than the call."""

    async def hop(function: object, *args: object, **how: object) -> object:
        raise AssertionError(f"{function} would be called in a thread")

    monkeypatch.setattr("anyio.to_thread.run_sync", hop)
    assert {status for status, _ in await ask(app, KEY)} <= {200, 201, 202}
