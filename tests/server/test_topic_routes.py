"""Topics over HTTP: set, talked about, closed, and seen by staff."""

from __future__ import annotations

from pathlib import Path

from liveroom.realtime.identity import Role
from tests.support.http_app import KEY, ROOM, running_app

TOPICS = f"/api/v1/rooms/{ROOM}/topics"


async def test_a_topic_from_the_question_to_the_summary(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app:
        await app.open_room()
        asked = {"text": "怎么样？", "opinions": [{"text": "喜欢", "words": ["好看"]}]}
        made = (await app.call("POST", TOPICS, KEY, json=asked)).json()["topic"]
        await app.node.storage.relay.drain()
        comments = f"/api/v1/rooms/{ROOM}/comments"
        said = await app.call("POST", comments, app.token("ann"), json={"text": "真好看", "topic": made["id"]})
        assert said.status_code == 201, said.text
        host = app.token("h", Role.HOST, [ROOM])
        closed = (await app.call("POST", f"{TOPICS}/{made['id']}/close", host)).json()["topic"]
        assert (closed["summary"]["comments"], closed["summary"]["opinions"]) == (1, {"a": 1})
        report = (await app.call("GET", f"{TOPICS}/{made['id']}", host)).json()
        assert (report["tally"]["comments"], report["by"]) == (1, "service:shop")
        listed = (await app.call("GET", TOPICS, host)).json()["topics"]
        assert [each["topic"]["id"] for each in listed] == [made["id"]]
        assert (await app.call("GET", TOPICS, app.token("ann"))).status_code == 403
        hidden = await app.call("POST", f"{TOPICS}/{made['id']}/hide", host)
        assert hidden.json()["topic"]["status"] == "hidden"
