"""Held comments: nobody sees them before the staff or the deadline says so, and every one of them is settled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.comment import CommentSent
from liveroom.rooms.messages.talk import Fallback
from liveroom.rooms.moderation import held_machine
from liveroom.rooms.moderation.screen import Reason
from liveroom.rooms.rules import held
from liveroom.rooms.rules.held import Elapse, Held, Publish, Refuse, Status
from tests.moderation.theatre import Stage, playing
from tests.rooms.builders import NOW, make_author
from tests.support.http_app import KEY, ROOM

WAITING = Held("r", CommentSent(id="c_1", by=make_author(), text="hi"), Reason.ALL, (), NOW + 60_000, Fallback.REFUSE)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("command", [Publish("h"), Refuse("h"), Elapse()])
@pytest.mark.parametrize("fallback", list(Fallback))
def test_every_command_in_every_state(status: Status, command: held.Command, fallback: Fallback) -> None:
    state = replace(WAITING, status=status, fallback=fallback)
    late = NOW + 60_000
    if isinstance(command, Elapse):
        assert held.apply(state, command, late - 1) is state
        expected = {Fallback.PUBLISH: Status.PUBLISHED, Fallback.REFUSE: Status.REFUSED}[fallback]
        assert held.apply(state, command, late).status is (expected if status is Status.WAITING else status)
        return
    wanted = Status.PUBLISHED if isinstance(command, Publish) else Status.REFUSED
    if status is Status.WAITING:
        after = held.apply(state, command, NOW)
        assert (after.status, after.by, held.due(after)) == (wanted, "h", None)
    elif status is wanted:
        assert held.apply(state, command, NOW) is state
    else:
        with pytest.raises(Refusal) as refused:
            held.apply(state, command, NOW)
        assert refused.value.facts == {"state": status.value}


async def test_a_held_comment_is_shown_when_the_staff_says_so(stage: Stage) -> None:
    ann, bob, host = await stage.enter("ann"), await stage.enter("bob"), await stage.enter("h", Role.HOST)
    await stage.call("POST", "/words", {"words": ["竞品"], "action": "hold"})
    answer = await stage.say(ann, "竞品怎么样")
    assert answer["data"]["held"] is True
    comment_id = answer["data"]["comment_id"]
    assert bob.events("comment.sent") == []
    assert await stage.history() == []
    [told] = host.private("comment.held")
    assert told["held"]["comment"]["text"] == "竞品怎么样"
    assert (told["held"]["reason"], told["held"]["found"]) == ("words", ["竞品"])
    again = await (await stage.line("h", Role.HOST)).join(room=ROOM)
    assert again["me"]["held"] == [told["held"]]
    assert "held" not in (await (await stage.line("ann")).join(room=ROOM))["me"]
    assert (await stage.call("GET", "/held"))["held"][0]["comment"]["id"] == comment_id
    decided = await stage.ask(host, "comment.review", {"comment_id": comment_id, "publish": True})
    assert decided["data"] == {"verdict": "published"}
    await stage.wait(200)
    assert [event["data"]["text"] for event in bob.events("comment.sent")] == ["竞品怎么样"]
    assert ann.private("comment.reviewed") == [{"comment_id": comment_id, "verdict": "published"}]
    assert host.private("comment.reviewed")[-1]["by"] == "h"
    assert (await stage.call("GET", "/held"))["held"] == []
    other = await stage.ask(host, "comment.review", {"comment_id": comment_id, "publish": False})
    assert other["error"]["code"] == "wrong_state"


@pytest.mark.parametrize(("fallback", "shown"), [("publish", ["hello"]), ("refuse", [])])
async def test_at_its_deadline_the_fallback_of_the_room_decides(stage: Stage, fallback: str, shown: list[str]) -> None:
    await stage.call("PATCH", "/talk", {"hold": "everybody", "hold_s": 30, "hold_fallback": fallback})
    ann, bob = await stage.enter("ann"), await stage.enter("bob")
    await stage.say(ann, "hello")
    await stage.wait(28_000, 1_000)
    assert bob.events("comment.sent") == []
    await stage.wait(3_000)
    assert [event["data"]["text"] for event in bob.events("comment.sent")] == shown
    verdict = "published" if shown else "refused"
    assert [each["verdict"] for each in ann.private("comment.reviewed")] == [verdict]
    [entry] = [each for each in (await stage.call("GET", "/audit"))["entries"] if each["act"] == "comment.review"]
    assert (entry["who"], entry["facts"]["verdict"]) == ("clock", verdict)


async def test_a_deadline_outlives_the_process(tmp_path: Path) -> None:
    async with playing(tmp_path) as stage:
        await stage.call("PATCH", "/talk", {"hold": "everybody", "hold_s": 5, "hold_fallback": "publish"})
        await stage.say(await stage.enter("ann"), "hello")
    async with playing(tmp_path, again=True) as stage:
        bob = await stage.enter("bob")
        await stage.wait(8_000)
        assert [event["data"]["text"] for event in bob.events("comment.sent")] == ["hello"]


async def test_only_guests_wait_where_the_room_says_so_and_staff_never(stage: Stage) -> None:
    await stage.call("PATCH", "/talk", {"hold": "guests"})
    guest, ann = await stage.guest(), await stage.enter("ann")
    assert (await stage.say(guest, "hello"))["data"]["held"] is True
    assert "held" not in (await stage.say(ann, "hello"))["data"]
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    assert "held" not in (await stage.say(await stage.enter("h", Role.HOST), "hello"))["data"]


async def test_when_too_many_wait_the_fallback_holds_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_machine, "MOST_HELD", 1)
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    ann, bob = await stage.enter("ann"), await stage.enter("bob")
    assert (await stage.say(ann, "one"))["data"]["held"] is True
    assert (await stage.say(ann, "two"))["error"]["code"] == "overloaded"
    await stage.call("PATCH", "/talk", {"hold_fallback": "publish"})
    assert "held" not in (await stage.say(ann, "three"))["data"]
    assert [event["data"]["text"] for event in bob.events("comment.sent")] == ["three"]


async def test_a_comment_whose_answer_was_lost_is_not_held_twice(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when no more can wait by then; another one under the same key is refused."""
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    ann = await stage.enter("ann")
    with monkeypatch.context() as away:
        away.setattr(stage.node.hub.backplane, "publish", lose)
        lost = await stage.ask(ann, "comment.send", {"text": "one"}, key="k1")
        assert lost["error"]["retryable"] is True
        other = await stage.ask(ann, "comment.send", {"text": "two"}, key="k1")
        assert other["error"]["code"] == "key_conflict"
    monkeypatch.setattr(held_machine, "MOST_HELD", 1)
    again = await stage.ask(ann, "comment.send", {"text": "one"}, key="k1")
    [kept] = (await stage.call("GET", "/held"))["held"]
    assert (again["data"]["comment_id"], again["data"]["held"]) == (kept["comment"]["id"], True)


async def lose(room: str, publications: object) -> NoReturn:
    """The backplane does not answer."""
    raise RealtimeError(ErrorCode.UNAVAILABLE, "away")


async def test_the_staff_of_another_room_does_not_decide(stage: Stage) -> None:
    await stage.call("PATCH", "/talk", {"hold": "everybody"})
    comment_id = (await stage.say(await stage.enter("ann"), "hello"))["data"]["comment_id"]
    body = {"id": "other", "title": "t", "host": {"id": "h2", "name": "h2"}}
    assert (await stage.app.call("POST", "/api/v1/rooms", json=body, bearer=KEY)).status_code == 201
    token = stage.app.token("h2", Role.HOST, ["other"])
    answer = await stage.app.call("POST", f"/api/v1/rooms/other/held/{comment_id}", token, json={"publish": True})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert await stage.history() == []


async def test_one_comment_in_so_many_seconds(stage: Stage) -> None:
    """Over all connections of a user; the wait is told; staff is not slowed down."""
    await stage.call("PATCH", "/talk", {"slow_s": 10})
    first, second, host = await stage.enter("ann"), await stage.enter("ann"), await stage.enter("h", Role.HOST)
    assert (await stage.say(first, "one"))["type"] == "ack"
    refused = (await stage.say(second, "two"))["error"]
    assert (refused["code"], refused["retryable"]) == ("rate_limited", True)
    assert 9_000 < refused["retry_after_ms"] <= 10_000
    assert (await stage.say(await stage.enter("bob"), "me too"))["type"] == "ack"
    for _ in range(3):
        assert (await stage.say(host, "hello"))["type"] == "ack"
    await stage.wait(refused["retry_after_ms"], 1_000)
    assert (await stage.say(second, "three"))["type"] == "ack"


async def test_a_repeat_of_a_comment_is_answered_however_slow_the_room(stage: Stage) -> None:
    await stage.call("PATCH", "/talk", {"slow_s": 10})
    ann = await stage.enter("ann")
    first = await stage.ask(ann, "comment.send", {"text": "one"}, key="k1")
    again = await stage.ask(ann, "comment.send", {"text": "one"}, key="k1")
    assert again["duplicate"] is True
    assert again["data"] == first["data"]
