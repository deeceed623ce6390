"""Battles over HTTP: what a host can do on the socket, what a viewer can, and what is told of a battle."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from liveroom.server.application import make_application
from tests.storage.battles.arena import Arena, opened
from tests.support.clock import FakeClock
from tests.support.http_app import HttpApp

Json = dict[str, Any]


class Stand:
    """An arena that is called over HTTP."""

    def __init__(self, arena: Arena, clock: FakeClock) -> None:
        self.arena = arena
        self.app = HttpApp(arena.node, make_application(arena.node), clock)

    async def call(self, method: str, path: str, who: str, role: Role = Role.VIEWER, **how: Any) -> tuple[int, Json]:
        """A call of somebody; hosts are so in the room that their name ends with."""
        rooms = [who.removeprefix("host-")] if role is Role.HOST else None
        answer = await self.app.call(method, f"/api/v1/rooms/{path}", self.app.token(who, role, rooms), **how)
        return answer.status_code, answer.json()

    async def host(self, room: str, path: str, method: str = "POST", **how: Any) -> tuple[int, Json]:
        """A call of the host of a room."""
        return await self.call(method, f"{room}/{path}", f"host-{room}", Role.HOST, **how)


@pytest.fixture
async def stand(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Stand]:
    async with opened("sqlite:", tmp_path / "data", clock) as arena:
        yield Stand(arena, clock)


async def test_a_battle_over_http_from_the_invitation_to_the_result(stand: Stand) -> None:
    status, told = await stand.host("a", "battles", json={"opponents": ["b"], "duration_s": 30})
    battle = told["battle"]["id"]
    assert (status, told["battle"]["status"]) == (201, "invited")
    assert (await stand.call("GET", f"b/battles/{battle}", "ann"))[0] == 404, "an invitation is for the hosts"
    assert (await stand.host("b", "battles/now", "GET"))[0] == 404
    status, told = await stand.host("b", f"battles/{battle}/accept")
    assert (status, told["battle"]["status"]) == (200, "ready")
    await stand.arena.wait(3)
    status, told = await stand.call("POST", f"a/battles/{battle}/votes", "ann", json={"to": "b"})
    assert (status, told["data"]) == (200, {"outcome": "counted", "points": 10})
    status, told = await stand.call("GET", "a/battles/now", "ann")
    assert (status, told["battle"]["status"]) == (200, "running")
    assert {each["room"]: each["score"] for each in told["scores"]} == {"a": 0, "b": 10}
    assert (await stand.host("a", f"battles/{battle}/quit"))[1]["battle"]["status"] == "counting"
    await stand.arena.settle()
    status, told = await stand.call("GET", f"a/battles/{battle}", "ann")
    assert (told["battle"]["result"]["winner"], told["battle"]["result"]["ending"]) == (2, "forfeit")
    status, told = await stand.call("GET", "b/battle_record", "ann")
    assert (status, told) == (200, {"host": "host-b", "rating": 1516, "rounds": 1, "wins": 1})


async def test_supporters_come_page_by_page(stand: Stand) -> None:
    battle = await stand.arena.fight("a", "b")
    for at in range(5):
        await stand.arena.viewer("a", "gift.send", f"u{at}", gift="rose", count=5 - at)
    found: list[str] = []
    after: Json = {}
    while True:
        path = f"a/battles/{battle}/supporters"
        status, page = await stand.call("GET", path, "ann", params={"limit": 2, **after})
        assert status == 200
        found += [each["user"]["id"] for each in page["supporters"]]
        if page.get("next") is None:
            break
        after = {"after": page["next"]}
    assert found == ["u0", "u1", "u2", "u3", "u4"]
    assert (await stand.call("GET", f"c/battles/{battle}/supporters", "ann"))[0] == 404


async def test_a_search_over_http(stand: Stand) -> None:
    status, told = await stand.host("a", "battle_search")
    assert (status, told["search"]["status"], told["search"]["rating"]) == (200, "searching", 1500)
    assert (await stand.host("a", "battle_search", "DELETE"))[1]["search"]["status"] == "over"


async def test_a_viewer_cannot_speak_for_a_room(stand: Stand) -> None:
    battle = await stand.arena.fight("a", "b")
    for path, how in (
        ("battles", {"json": {"opponents": ["c"]}}),
        (f"battles/{battle}/quit", {}),
        ("battle_search", {}),
    ):
        assert (await stand.call("POST", f"a/{path}", "ann", **how))[0] == 403
    assert (await stand.host("a", f"battles/{battle}/votes", json={"to": "a"}))[0] == 403


async def test_a_refusal_says_why_in_a_word(stand: Stand) -> None:
    await stand.arena.fight("a", "b")
    status, told = await stand.host("c", "battles", json={"opponents": ["a"]})
    assert (status, told["error"]["reason"], told["error"]["room"]) == (409, "busy", "a")
    status, told = await stand.host("c", "battles", json={"opponents": ["d"], "mode": "teams"})
    assert (status, told["error"]["field"]) == (422, "opponents")
