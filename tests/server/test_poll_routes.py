"""Polls over HTTP: all that a socket can do, the same rights, and pages for staff that are nobody else's business."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from tests.support.http_app import KEY, ROOM, HttpApp, running_app

POLLS = f"/api/v1/rooms/{ROOM}/polls"
ASKED: dict[str, Any] = {"question": "红色还是蓝色？", "choices": ["红色", "蓝色"], "kind": "quiz", "right": "b"}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[HttpApp]:
    """With a room that is live."""
    async with running_app(tmp_path / "data") as app:
        await app.open_room()
        yield app


async def ask(app: HttpApp, key: str = "k1", **more: Any) -> dict[str, Any]:
    """Open a poll as the app's server."""
    answer = await app.call("POST", POLLS, KEY, json=ASKED | more, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["poll"]
    return made


async def test_a_quiz_from_the_question_to_the_result(app: HttpApp) -> None:
    poll = await ask(app)
    assert (await ask(app))["id"] == poll["id"]
    ann = app.token("ann")
    vote = f"{POLLS}/{poll['id']}/votes"
    first = await app.call("POST", vote, ann, json={"choices": ["b"]}, headers={"Idempotency-Key": "v"})
    assert first.json()["data"] | {"rule": None} == {"outcome": "counted", "choices": ["b"], "rule": None}
    again = await app.call("POST", vote, ann, json={"choices": ["b"]}, headers={"Idempotency-Key": "v"})
    assert (again.status_code, again.json()["duplicate"]) == (200, True)
    other = await app.call("POST", vote, ann, json={"choices": ["a"]})
    assert other.json()["data"]["outcome"] == "already_voted"
    closed = (await app.call("POST", f"{POLLS}/{poll['id']}/close", KEY)).json()["poll"]
    assert (closed["status"], closed["right"], closed["result"]["votes"]) == ("settled", "b", {"b": 1})
    assert (await app.call("POST", f"{POLLS}/{poll['id']}/hide", KEY)).json()["poll"]["status"] == "hidden"
    assert (await app.call("POST", f"{POLLS}/{poll['id']}/cancel", KEY)).status_code == 409


async def test_a_prediction_is_settled_over_http_too(app: HttpApp) -> None:
    poll = await ask(app, kind="prediction", right=None)
    assert (await app.call("POST", f"{POLLS}/{poll['id']}/close", KEY)).status_code == 200
    settled = await app.call("POST", f"{POLLS}/{poll['id']}/settle", KEY, json={"right": "a"})
    assert settled.json()["poll"]["right"] == "a"


async def test_staff_see_what_is_not_told_yet_and_nobody_else_does(app: HttpApp) -> None:
    poll = await ask(app, secret=True)
    await app.call("POST", f"{POLLS}/{poll['id']}/votes", app.token("ann"), json={"choices": ["a"]})
    host = app.token("h", Role.HOST, [ROOM])
    report = (await app.call("GET", f"{POLLS}/{poll['id']}", host)).json()
    assert (report["tally"], report["answer"]) == ({"votes": {"a": 1}, "voters": 1}, "b")
    for path in (POLLS, f"{POLLS}/{poll['id']}"):
        assert (await app.call("GET", path, app.token("ann"))).status_code == 403
    assert (await app.call("POST", f"{POLLS}/{poll['id']}/close", app.token("ann"))).status_code == 403
    assert (await app.call("GET", f"{POLLS}/p_0000000000000000", host)).status_code == 404


async def test_pages_have_every_poll_once_the_last_changed_first(app: HttpApp) -> None:
    polls = []
    for at in range(5):
        polls.append((await ask(app, f"k{at}", question=f"第{at}问"))["id"])
        await app.call("POST", f"{POLLS}/{polls[-1]}/cancel", KEY)
        app.clock.advance(1_000 if at % 2 else 0)
    seen: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = (await app.call("GET", POLLS, KEY, params={"limit": 2} | after)).json()
        seen += [each["poll"]["id"] for each in page["polls"]]
        if page.get("next") is None:
            break
        after = {"after": page["next"]}
    assert sorted(seen) == sorted(polls)
    assert seen[0] == polls[4]
    assert set(seen[-2:]) == {polls[0], polls[1]}


async def test_what_cannot_be_asked_is_refused_with_its_field(app: HttpApp) -> None:
    answer = await app.call("POST", POLLS, KEY, json=ASKED | {"choices": ["红", " 红"]})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "choices")
    assert (await app.call("GET", f"{POLLS}?after=x", KEY)).status_code == 422
