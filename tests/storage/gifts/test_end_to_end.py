"""Gifts and orders through a real server: sockets, HTTP, a billing on the network, and a kill in between."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from liveroom.realtime.client import CommandRefused, EventStream, LiveRoomClient, Room
from tests.storage.gifts.till import SECRET, Till, running_till
from tests.support.server import Server, running_server

PATIENCE_S = 60
ROSE = {"names": {"zh": "玫瑰", "en": "Rose"}, "price": 10, "icon": "🌹", "combo_window_ms": 600}
ORDER = {
    "order_id": "T-1",
    "user_id": "ann",
    "items": [{"product": "p1", "title": "碎花裙", "amount": 100}],
    "amount": 100,
    "currency": "CNY",
}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that charges nothing."""
    with running_server(LIVEROOM_GIFT_BILLING="open") as started:
        started.call("PUT", "/gifts/rose", **ROSE)
        yield started


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closes who was let in."""
    async with AsyncExitStack() as stack:
        yield stack


async def enter(stack: AsyncExitStack, server: Server, room: str, user: str, role: str = "viewer") -> Room:
    """Somebody in a room."""
    token = server.token(user, name=user.title(), role=role, rooms=[room] if role != "viewer" else None)
    client = LiveRoomClient(server.socket_address, token=token, rooms=[room], lang="en")
    live = await stack.enter_async_context(client)
    return live.rooms[room]


async def hear(events: EventStream, holds: Callable[[str, Any], bool]) -> Any:
    """The data of the next event for which a condition holds."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            event = await anext(events)
            if holds(event.kind, event.data):
                return event.data


def post(server: Server, path: str, body: Any, **headers: str) -> httpx.Response:
    """A call as an operator, with headers."""
    headers["Authorization"] = f"Bearer {server.token('ops', role='operator')}"
    return httpx.post(f"{server.address}/api/v1{path}", json=body, headers=headers, timeout=PATIENCE_S)


def get(server: Server, path: str, token: str) -> httpx.Response:
    """A call as somebody."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{server.address}/api/v1{path}", headers=headers, timeout=PATIENCE_S)


async def test_a_combo_from_the_first_gift_to_the_thanks(server: Server, stack: AsyncExitStack) -> None:
    room = server.create_room(f"gifts-{next(_numbers)}")
    ann, host = await enter(stack, server, room, "ann"), await enter(stack, server, room, "host", "host")
    seen, cues, totals = host.events(), host.events(), host.events()
    # At once: one after the other they had to be quicker than the window in which they are one combo.
    _, answer = await asyncio.gather(*(ann.send("gift.send", gift="rose", count=count) for count in (1, 2)))
    assert (answer["outcome"], answer["combo"]["count"], answer["combo"]["amount"]) == ("sent", 3, 30)
    sent = await hear(seen, lambda kind, data: kind == "gift.sent" and data["count"] == 3)
    assert (sent["by"]["name"], sent["to"]["id"], sent["amount"]) == ("Ann", "host", 30)
    closed = await hear(seen, lambda kind, data: kind == "gift.combo_closed")
    assert (closed["combo"], closed["count"]) == (sent["combo"], 3)
    cue = await hear(cues, lambda kind, data: kind == "cue.shown" and "gift" in data["reasons"])
    assert "Rose" in cue["line"]
    assert "×3" in cue["line"]
    total = await hear(totals, lambda kind, data: kind == "gift_totals" and data["gifts"] == 3)
    assert (total["amount"], total["givers"]) == (30, 1)
    ranks = server.call("GET", f"/rooms/{room}/gifts/ranks?show=now").json()
    assert [(each["rank"], each["user"]["id"], each["amount"]) for each in ranks["ranks"]] == [(1, "ann", 30)]
    late = await enter(stack, server, room, "late")
    assert late.state["totals"]["gift_ranks"]["top"][0]["user"]["id"] == "ann"


async def test_guests_hosts_and_keyless_commands_are_refused(server: Server, stack: AsyncExitStack) -> None:
    room = server.create_room(f"gifts-{next(_numbers)}")
    host = await enter(stack, server, room, "host", "host")
    guest = (await stack.enter_async_context(LiveRoomClient(server.socket_address, rooms=[room]))).rooms[room]
    for each in (host, guest):
        with pytest.raises(CommandRefused) as refused:
            await each.send("gift.send", gift="rose")
        assert refused.value.code == "forbidden"


def test_everybody_reads_the_catalogue_once(server: Server) -> None:
    first = httpx.get(f"{server.address}/api/v1/gifts", timeout=PATIENCE_S)
    assert first.json()["open"] is True
    assert "rose" in [gift["id"] for gift in first.json()["gifts"]]
    again = httpx.get(
        f"{server.address}/api/v1/gifts", headers={"If-None-Match": first.headers["etag"]}, timeout=PATIENCE_S
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "change",
    [
        {"price": -1},
        {"price": 1.5},
        {"price": 10**10},
        {"combo_window_ms": 10**6},
        {"icon": "javascript:x"},
        {"icon": "//evil"},
    ],
)
def test_absurd_gifts_are_refused(server: Server, change: dict[str, Any]) -> None:
    token = server.token("ops", role="operator")
    answer = httpx.put(
        f"{server.address}/api/v1/gifts/bad",
        json=ROSE | change,
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE_S,
    )
    assert answer.status_code == 422, answer.text


def test_a_server_gives_for_a_user_once(server: Server) -> None:
    room = server.create_room(f"gifts-{next(_numbers)}")
    gift = {"gift": "rose", "count": 5, "user": {"id": "u9", "name": "U9"}}
    path = f"/rooms/{room}/gifts"
    assert post(server, path, gift).status_code == 422, "a key is needed"
    answers = [post(server, path, gift, **{"Idempotency-Key": "k1"}).json() for _ in range(2)]
    assert [answer["duplicate"] for answer in answers] == [False, True]
    assert answers[0]["data"] == answers[1]["data"]
    assert post(server, path, gift | {"count": 6}, **{"Idempotency-Key": "k1"}).status_code == 409
    ranks = server.call("GET", f"/rooms/{room}/gifts/ranks?limit=1").json()
    assert (ranks["ranks"][0]["amount"], ranks["next"]) == (50, "1:50:u9")
    assert server.call("GET", f"/rooms/{room}/gifts/ranks?after={ranks['next']}").json()["ranks"] == []


async def test_an_order_is_told_in_a_shopping_room(server: Server, stack: AsyncExitStack) -> None:
    room = f"shop-{next(_numbers)}"
    server.call("POST", "/rooms", id=room, title=room, scene="commerce", host={"id": "host", "name": "Host"})
    server.call("POST", f"/rooms/{room}/go_live")
    viewer = await enter(stack, server, room, "bob")
    events = viewer.events()
    told = ORDER | {"order_id": f"T-{room}", "name": "Ann"}
    assert post(server, f"/rooms/{room}/orders", told).json()["duplicate"] is False
    assert post(server, f"/rooms/{room}/orders", told).json()["duplicate"] is True
    heard = await hear(events, lambda kind, data: kind == "order.recorded")
    assert "碎花裙" in heard["text"]["en"]
    assert "by" not in heard
    listed = server.call("GET", f"/rooms/{room}/orders").json()["orders"]
    assert [(order["order_id"], order["amount"]) for order in listed] == [(f"T-{room}", 100)]
    sold = server.call("GET", f"/rooms/{room}/orders?show={listed[0]['show_id']}").json()["sales"]
    assert sold == {"orders": 1, "pieces": 1, "amount": 100, "currency": "CNY"}
    assert get(server, f"/rooms/{room}/orders", server.token("bob")).status_code == 403


async def test_viewers_are_told_that_gifts_are_closed_by_default(stack: AsyncExitStack) -> None:
    with running_server() as closed:
        closed.call("PUT", "/gifts/rose", **ROSE)
        room = closed.create_room("closed")
        ann = await enter(stack, closed, room, "ann")
        assert await ann.send("gift.send", gift="rose") == {"outcome": "closed"}
        assert get(closed, "/gifts", "").json()["open"] is False
        await stack.aclose()


async def test_a_kill_between_charge_and_gift_costs_nobody_anything(tmp_path: Path) -> None:
    async with running_till() as till:
        settings = {
            "LIVEROOM_DATA_DIR": str(tmp_path),
            "LIVEROOM_GIFT_BILLING": "hook",
            "LIVEROOM_GIFT_BILLING_URL": till.url,
            "LIVEROOM_GIFT_BILLING_SECRET": SECRET,
            "LIVEROOM_GIFT_BILLING_DEADLINE_MS": "3000",
        }
        room = await charge_and_kill(till, settings)
        assert sum(till.kept.values()) == 2 * 10 + 10, "two were given, one was charged for nothing"
        till.plan = ["accept"]
        with running_server(**settings) as heir:
            async with asyncio.timeout(PATIENCE_S + 10):
                await till.wait_for(lambda: len(till.voided) == 1)
            ranks = heir.call("GET", f"/rooms/{room}/gifts/ranks").json()["ranks"]
            assert [each["amount"] for each in ranks] == [20] == [sum(till.kept.values())]
            async with AsyncExitStack() as stack:
                bob = await enter(stack, heir, room, "bob")
                events = bob.events()
                total = bob.state["totals"].get("gift_totals") or await hear(
                    events, lambda kind, data: kind == "gift_totals"
                )
                assert total["amount"] == 20, "what memory has lost is read again when the room is opened"


async def charge_and_kill(till: Till, settings: dict[str, str]) -> str:
    """Two gifts are given; a third is charged when the server dies."""
    with running_server(**settings) as server:
        server.call("PUT", "/gifts/rose", **ROSE)
        room = server.create_room("billed")
        async with AsyncExitStack() as stack:
            ann = await enter(stack, server, room, "ann")
            for _ in range(2):
                assert (await ann.send("gift.send", gift="rose"))["outcome"] == "sent"
            till.plan = ["late"]
            giving = asyncio.ensure_future(ann.send("gift.send", gift="rose"))
            await till.wait_for(lambda: len(till.charged) == 3)
            server.kill()
            giving.cancel()
            await asyncio.gather(giving, return_exceptions=True)
    return room
