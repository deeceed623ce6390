"""Webhooks over HTTP: made, changed, looked at and sent again by operators and servers, and by nobody else."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from liveroom.realtime.identity import Role
from liveroom.server.application import make_application
from liveroom.server.logs import configure_logs
from liveroom.server.node import Node
from liveroom.server.settings import load_settings
from tests.storage.webhooks.receiver import Answer, Receiver, running_receiver

WEBHOOKS = "/api/v1/webhooks"
ROOM: dict[str, Any] = {"id": "evening", "title": "Evening", "host": {"id": "h1", "name": "Mia"}}


class Desk:
    """Calls the routes of a running node."""

    def __init__(self, node: Node, http: httpx.AsyncClient) -> None:
        self.node = node
        self.http = http

    async def call(self, method: str, path: str, *, role: Role = Role.OPERATOR, **body: Any) -> httpx.Response:
        """One request."""
        rooms = None if role is Role.OPERATOR else ["evening"]
        token = self.node.issuer.issue("u1", role=role, rooms=rooms, lifetime_s=600)
        headers = {"Authorization": f"Bearer {token}"}
        return await self.http.request(
            method, path, json=body if method in ("POST", "PATCH") else None, headers=headers
        )

    async def get(self, path: str) -> Any:
        """What a path answers."""
        answer = await self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def create(self, url: str, **body: Any) -> Any:
        """A new webhook."""
        answer = await self.call("POST", WEBHOOKS, url=url, **body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def go_live(self) -> None:
        """A room goes live."""
        await self.call("POST", "/api/v1/rooms", **ROOM)
        assert (await self.call("POST", "/api/v1/rooms/evening/go_live")).status_code == 200

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        async with asyncio.timeout(60):
            await self.node.storage.relay.drain()
            while tasks := list(self.node.webhooks.courier._tasks.values()):
                await asyncio.wait(tasks)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """One that answers 200."""
    async with running_receiver() as receiver:
        yield receiver


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Of a node with a database of its own."""
    node = Node(load_settings(data_dir=tmp_path, webhook_pauses_s=(86_400,)))
    application = make_application(node)
    await node.start()
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://live.test") as http:
        yield Desk(node, http)
    await node.stop()


async def test_a_show_that_begins_and_ends_is_told(desk: Desk, receiver: Receiver) -> None:
    made = await desk.create(receiver.url)
    await desk.go_live()
    await desk.call("POST", "/api/v1/rooms/evening/bans", user_id="u13", reason="spam", seconds=60)
    await desk.call("POST", "/api/v1/rooms/evening/end")
    await desk.call("POST", "/api/v1/rooms/evening/open")
    await desk.call("POST", "/api/v1/rooms/evening/end")
    await desk.settle()
    heard = [Webhook(made["secret"]["secret"]).verify(got.body, got.headers) for got in receiver.got]
    told = [each for each in heard if each["type"] != "show.summarised"]
    (summary,) = [each for each in heard if each not in told]
    assert summary["data"]["show_id"] == told[0]["data"]["show_id"]
    assert [each["type"] for each in told] == ["show.started", "user.banned", "show.ended", "room.opened"]
    assert {each["room"] for each in told} == {"evening"}
    assert told[0]["data"]["show_id"] == told[2]["data"]["show_id"]
    assert (told[0]["data"]["host_id"], told[0]["data"]["by"]) == ("h1", "u1")
    assert told[1]["data"]["user_id"] == "u13"
    assert told[1]["data"]["until"] - told[1]["data"]["at"] == 60_000
    assert told[2]["data"]["stats"]["comments"] == 0


async def test_a_secret_is_shown_once_and_logged_never(desk: Desk, receiver: Receiver) -> None:
    log = io.StringIO()
    configure_logs(level="debug", stream=log)
    url = f"{receiver.url}?token=hidden"
    made = await desk.create(url, events=["show.started"], room="evening")
    added = (await desk.call("POST", f"{WEBHOOKS}/{made['id']}/secrets")).json()
    await desk.go_live()
    await desk.settle()
    assert len(receiver.got) == 1
    shown = [await desk.get(WEBHOOKS), await desk.get(f"{WEBHOOKS}/{made['id']}")]
    changed = (await desk.call("PATCH", f"{WEBHOOKS}/{made['id']}", enabled=True)).text
    for secret in (made["secret"]["secret"], added["secret"]):
        assert secret.startswith("whsec_")
        assert secret not in f"{shown} {changed}"
        assert secret not in log.getvalue()
    assert f"webhook {made['id']} was created by u1" in log.getvalue()
    assert "hidden" not in log.getvalue()
    (webhook,) = shown[0]["webhooks"]
    assert webhook == shown[1]
    assert [each["id"] for each in webhook["secrets"]] == [made["secret"]["id"], added["id"]]
    assert (webhook["events"], webhook["room"], webhook["url"]) == (["show.started"], "evening", url)


async def test_of_two_secrets_either_can_go_and_the_last_one_stays(desk: Desk) -> None:
    made = await desk.create("https://shop.example.org/")
    secrets = f"{WEBHOOKS}/{made['id']}/secrets"
    added = (await desk.call("POST", secrets)).json()
    assert (await desk.call("POST", secrets)).json()["error"]["code"] == "wrong_state"
    assert (await desk.call("DELETE", f"{secrets}/{made['secret']['id']}")).status_code == 204
    assert (await desk.call("DELETE", f"{secrets}/{made['secret']['id']}")).status_code == 404
    assert (await desk.call("DELETE", f"{secrets}/{added['id']}")).status_code == 409
    assert (await desk.call("POST", secrets)).status_code == 201


async def test_what_is_absent_stays_and_null_means_all(desk: Desk) -> None:
    made = await desk.create("https://shop.example.org/", events=["show.ended"], room="evening")
    path = f"{WEBHOOKS}/{made['id']}"
    moved = (await desk.call("PATCH", path, url="https://shop.example.org/new")).json()
    assert (moved["url"], moved["events"], moved["room"]) == ("https://shop.example.org/new", ["show.ended"], "evening")
    widened = (await desk.call("PATCH", path, events=None, room=None)).json()
    assert (widened["events"], widened["room"]) == (None, None)
    off = (await desk.call("PATCH", path, enabled=False)).json()
    assert (off["state"], off["disabled_by"]) == ("disabled", "u1")
    on = (await desk.call("PATCH", path, enabled=True)).json()
    assert (on["state"], on["disabled_by"]) == ("active", None)
    assert (await desk.call("DELETE", path)).status_code == 204
    assert (await desk.call("GET", path)).status_code == 404
    assert (await desk.call("PATCH", path, enabled=True)).status_code == 404
    assert await desk.get(WEBHOOKS) == {"webhooks": []}


async def test_what_is_dead_is_listed_read_and_sent_again(desk: Desk, receiver: Receiver) -> None:
    made = await desk.create(receiver.url)
    path = f"{WEBHOOKS}/{made['id']}"
    receiver.plan = [Answer(410)]
    await desk.go_live()
    await desk.settle()
    (dead,) = (await desk.get(f"{path}/deliveries"))["deliveries"]
    assert (dead["type"], dead["attempts"], dead["status"], dead["outcome"]) == ("show.started", 1, 410, "gone")
    assert (await desk.get(f"{path}/deliveries/{dead['event']}"))["body"]["id"] == dead["event"]
    assert (await desk.get(path))["dead"] == 1
    again = f"{path}/deliveries/{dead['event']}/resend"
    assert (await desk.call("POST", again)).json()["error"]["state"] == "disabled"
    assert (await desk.call("POST", f"{path}/resend")).status_code == 409
    await desk.call("PATCH", path, enabled=True)
    receiver.plan = [Answer()]
    assert (await desk.call("POST", f"{path}/resend")).json() == {"count": 1, "more": False}
    await desk.settle()
    assert (await desk.call("POST", again)).status_code == 200
    await desk.settle()
    assert [got.id for got in receiver.got] == [dead["event"]] * 3
    assert (await desk.get(f"{path}/deliveries?state=delivered"))["deliveries"][0]["settled_at"] > 0
    assert (await desk.call("POST", f"{path}/deliveries/evt_1-1-1/resend")).status_code == 404


async def test_pages_of_deliveries_follow_each_other(desk: Desk, receiver: Receiver) -> None:
    made = await desk.create(receiver.url)
    await desk.go_live()
    for _ in range(2):
        await desk.call("POST", "/api/v1/rooms/evening/end")
        await desk.call("POST", "/api/v1/rooms/evening/go_live")
    await desk.settle()
    listing = f"{WEBHOOKS}/{made['id']}/deliveries?state=delivered&limit=2"
    seen: list[str] = []
    page = await desk.get(listing)
    while page["next"] is not None:
        seen += [each["event"] for each in page["deliveries"]]
        page = await desk.get(f"{listing}&after={page['next']}")
    seen += [each["event"] for each in page["deliveries"]]
    assert seen == [got.id for got in receiver.got]
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "http://shop.example.org/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://shop.example.org/", "events": ["show.paused"]}, "events.0"),
        ({"url": "https://shop.example.org/", "events": []}, "events"),
        ({"url": "https://shop.example.org/", "room": "no such name"}, "room"),
    ],
)
async def test_what_cannot_be_told_is_refused_by_its_field(desk: Desk, body: dict[str, Any], field: str) -> None:
    answer = await desk.call("POST", WEBHOOKS, **body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, field)
    made = await desk.create("https://shop.example.org/")
    assert (await desk.call("PATCH", f"{WEBHOOKS}/{made['id']}", **body)).status_code == 422


async def test_hosts_and_viewers_have_no_business_here(desk: Desk) -> None:
    made = await desk.create("https://shop.example.org/")
    path = f"{WEBHOOKS}/{made['id']}"
    for role in (Role.VIEWER, Role.HOST, Role.MODERATOR):
        for method, where in (
            ("GET", WEBHOOKS), ("GET", path), ("PATCH", path), ("DELETE", path), ("POST", f"{path}/secrets"),
            ("DELETE", f"{path}/secrets/s_00000000"), ("GET", f"{path}/deliveries"), ("POST", f"{path}/resend"),
            ("GET", f"{path}/deliveries/evt_1-1-1"), ("POST", f"{path}/deliveries/evt_1-1-1/resend"),
        ):  # fmt: skip
            assert (await desk.call(method, where, role=role)).status_code == 403
        assert (await desk.call("POST", WEBHOOKS, role=role, url="https://a.test/")).status_code == 403


async def test_tries_and_what_waits_are_in_the_metrics(desk: Desk, receiver: Receiver) -> None:
    await desk.create(receiver.url)
    receiver.plan = [Answer(500)]
    await desk.go_live()
    await desk.settle()
    await desk.node.webhooks._housekeeping.run_once()
    text = desk.node.metrics.render().decode()
    assert 'liveroom_webhook_tries_total{outcome="refused"} 1.0' in text
    assert "liveroom_webhook_deliveries_pending 1.0" in text
