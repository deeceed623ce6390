"""The stage and the questions over HTTP: every route does what its command does on the socket, for those who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from liveroom.server.application import make_application
from tests.storage.stage.hall import ROOM, Hall, opened
from tests.support.clock import FakeClock
from tests.support.http_app import HttpApp

Json = dict[str, Any]
VIDEO = {"kind": "video"}


class Desk:
    """A hall that is called over HTTP."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self._app = HttpApp(hall.node, make_application(hall.node), hall.clock)

    async def call(
        self, who: str, path: str, body: Json | None = None, *, method: str = "POST", room: str = ROOM, **params: str
    ) -> tuple[int, Json]:
        """A call of somebody; `host` is the host of the room."""
        role, rooms = (Role.HOST, [ROOM]) if who == "host" else (Role.VIEWER, None)
        token = self._app.token(who, role, rooms)
        answer = await self._app.call(method, f"/api/v1/rooms/{room}/{path}", token, json=body, params=params)
        return answer.status_code, answer.json()

    async def get(self, who: str, path: str, **params: str) -> Json:
        """What is read by somebody who may."""
        status, told = await self.call(who, path, method="GET", **params)
        assert status == 200, told
        return told

    async def do(self, who: str, path: str, body: Json | None = None) -> Json:
        """What a command of somebody who may is answered."""
        status, told = await self.call(who, path, body)
        assert status == 200, told
        return told


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    async with opened("sqlite:", tmp_path / "data", clock) as hall:
        yield Desk(hall)


async def test_people_come_onto_the_stage_and_leave_it(desk: Desk) -> None:
    assert (await desk.call("ann", "stage", method="GET"))[0] == 404, "nobody has used it"
    assert (await desk.do("ann", "stage/apply", VIDEO | {"line": "tea"}))["stage"]["place"] == 1
    assert (await desk.get("bob", "stage"))["waiting"] == 1
    assert [each["line"] for each in (await desk.get("host", "stage/queue"))["waiting"]] == ["tea"]
    assert (await desk.do("host", "stage/accept", {"user_id": "ann", "seat": 2}))["stage"]["grant"]["seat"] == 2
    assert (await desk.do("ann", "stage/switch", {"camera": False}))["stage"]["standing"] == "seated"
    assert (await desk.do("host", "stage/allow", {"user_id": "ann", "mic": False}))["stage"]["grant"]["kinds"] == [
        "video"
    ]
    assert (await desk.do("host", "stage/move", {"user_id": "ann", "seat": 3}))["stage"]["grant"]["seat"] == 3
    ends_at = desk.hall.clock.now_ms() + 60_000
    assert (await desk.do("host", "stage/turn", {"user_id": "ann", "ends_at": ends_at}))["stage"]["ends_at"] == ends_at
    guest = (await desk.get("bob", "stage"))["seats"][2]["guest"]
    assert (guest["user"]["id"], guest["camera"], guest["mic"]["allowed"]) == (
        "ann",
        {"on": False, "allowed": True},
        False,
    )
    assert (await desk.do("ann", "stage/leave"))["stage"]["ended"]["reason"] == "left"


async def test_every_way_that_ends_without_a_seat(desk: Desk) -> None:
    for who, path, reason in (
        ("ann", "cancel", "canceled"),
        ("host", "refuse", "refused"),
        ("host", "remove", "removed"),
    ):
        await desk.do("ann", "stage/apply", VIDEO)
        told = await desk.do(who, f"stage/{path}", {"user_id": "ann"} if who == "host" else None)
        assert told["stage"]["ended"]["reason"] == reason
    for who, path, body, reason in (
        ("bob", "answer", {"accept": False}, "declined"),
        ("host", "withdraw", {"user_id": "bob"}, "withdrawn"),
    ):
        assert (await desk.do("host", "stage/invite", VIDEO | {"user_id": "bob"}))["stage"]["standing"] == "invited"
        assert (await desk.do(who, f"stage/{path}", body))["stage"]["ended"]["reason"] == reason


async def test_the_staff_keep_the_seats_and_the_queue(desk: Desk) -> None:
    assert (await desk.do("host", "stage/lock", {"seat": 1}))["status"] == "locked"
    assert (await desk.do("host", "stage/unlock", {"seat": 1}))["status"] == "free"
    assert (await desk.do("host", "stage/reserve", {"seat": 2, "user_id": "ann"}))["status"] == "reserved"
    configured = (await desk.do("host", "stage/configure", {"auto": True, "applications": False}))["stage"]
    assert (configured["auto"], configured["status"]) == (True, "closed")
    status, told = await desk.call("bob", "stage/apply", VIDEO)
    assert (status, told["error"]["reason"]) == (409, "stage_closed")


async def test_what_is_for_the_staff_is_for_them_alone_and_for_a_room_that_is_there(desk: Desk) -> None:
    for path in ("stage/queue", "questions/queue", "questions"):
        assert (await desk.call("ann", path, method="GET"))[0] == 403
        status, told = await desk.call("host", path, method="GET", room="nowhere")
        assert (status, told["error"]["code"]) == (404, "room_not_found")
    for path in ("stage/lock", "stage/configure"):
        assert (await desk.call("ann", path, {"seat": 1} if path == "stage/lock" else {}))[0] == 403


async def test_the_staff_decide_on_questions_and_find_them_in_the_recap(desk: Desk) -> None:
    guest = await desk.hall.enter("ann")
    for text in ("什么时候发货？", "多少钱？"):
        desk.hall.clock.advance(1)
        await guest.ask("comment.send", {"text": text})
    await desk.hall.node.value.questions.settle()
    queue = await desk.get("host", "questions/queue")
    first, second = (each["id"] for each in queue["questions"])
    for path, body, status in (
        ("take", None, "answering"),
        ("put-back", None, "delivered"),
        ("hand-over", {"to": "follow_up"}, "handed_over"),
        ("answer", {"answer": "明天"}, "answered"),
    ):
        assert (await desk.do("host", f"questions/{first}/{path}", body))["question"]["status"] == status
    assert (await desk.do("host", f"questions/{second}/dismiss"))["question"]["status"] == "dismissed"
    assert (await desk.call("host", f"questions/{second}/take"))[0] == 409
    answered = await desk.get("host", "questions", status="answered")
    assert [(each["id"], each["answer"]) for each in answered["questions"]] == [(first, "明天")]
    pages, after = [], {}
    while (page := await desk.get("host", "questions", limit="1", **after)).get("next"):
        pages, after = pages + [each["id"] for each in page["questions"]], {"after": page["next"]}
    assert sorted(pages) == sorted((first, second))
