"""Removed comments: gone from every screen, and never given out again, on any node and over any way back in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.backplane.base import Position
from liveroom.realtime.client import fold as client
from liveroom.realtime.identity import Role
from liveroom.rooms.moderation.talk_machine import TALK
from liveroom.rooms.rules.redaction import find_by, find_comment, redact, redact_all
from tests.moderation.theatre import Stage, playing
from tests.support.http_app import ROOM


def _event(comment_id: str, text: str, by: str = "ann", reply_to: str | None = None) -> bytes:
    data: dict[str, Any] = {"id": comment_id, "by": {"id": by, "name": by}, "text": text}
    if reply_to is not None:
        data["reply_to"] = {"id": reply_to, "name": "x", "text": "quoted"}
    return orjson.dumps({"kind": "comment.sent", "ts": 5, "data": data})


def test_nothing_but_the_id_is_left_of_a_removed_comment() -> None:
    assert orjson.loads(redact(_event("c_1", "secret"), {"c_1"}) or b"") == {
        "kind": "comment.removed",
        "ts": 5,
        "data": {"ids": ["c_1"]},
    }


def test_an_answer_loses_its_quote_and_nothing_else() -> None:
    changed = orjson.loads(redact(_event("c_2", "yes", reply_to="c_1"), {"c_1"}) or b"")
    assert changed == orjson.loads(_event("c_2", "yes"))


def test_what_has_it_pinned_has_nothing_pinned() -> None:
    pinned = {"comment": {"id": "c_1", "text": "secret"}, "by": "h"}
    payload = orjson.dumps({"kind": "talk.changed", "ts": 5, "data": {"talk": {"id": "r", "pinned": pinned}}})
    assert orjson.loads(redact(payload, {"c_1"}) or b"")["data"]["talk"] == {"id": "r"}
    assert redact(payload, {"c_2"}) is None


def test_a_text_that_looks_like_an_event_is_only_a_text() -> None:
    """What a viewer writes cannot have another comment removed, nor keep its own."""
    payload = _event("c_9", '"data":{"id":"c_1","by":{"id":"bob"}}')
    assert redact(payload, {"c_1"}) is None
    assert find_by("bob", [payload]) == []
    assert find_comment("c_1", [payload]) is None
    assert redact(orjson.dumps({"kind": "gift.sent", "ts": 1, "data": {"id": "c_1"}}), {"c_1"}) is None


IDS = st.sampled_from([f"c_{number}" for number in range(12)])
EVENTS = st.lists(st.tuples(IDS, st.text(max_size=8), st.none() | IDS), max_size=20)


@given(EVENTS, st.frozensets(IDS, min_size=1))
def test_a_redacted_history_has_nothing_of_what_was_removed(
    said: list[tuple[str, str, str | None]], ids: frozenset[str]
) -> None:
    payloads = [_event(comment_id, text, reply_to=reply_to) for comment_id, text, reply_to in said]
    changed = dict(redact_all(7, payloads, ids))
    assert set(changed) <= set(range(7, 7 + len(payloads)))
    for seq, payload in enumerate(payloads, 7):
        event = orjson.loads(changed.get(seq, payload))
        if event["kind"] == "comment.sent":
            assert event["data"]["id"] not in ids
            assert event["data"].get("reply_to", {}).get("id") not in ids
        else:
            assert orjson.loads(payload)["data"]["id"] in event["data"]["ids"]


async def test_a_removed_comment_leaves_every_screen_and_every_history(stage: Stage) -> None:
    ann, bob = await stage.enter("ann"), await stage.enter("bob")
    joined = await (await stage.line("early")).join(room=ROOM)
    secret = (await stage.say(ann, "my secret address"))["data"]["comment_id"]
    await stage.say(bob, "really?", reply_to=secret)
    await stage.call("DELETE", f"/comments/{secret}")
    await stage.wait(200)
    [removed] = bob.events("comment.removed")
    assert removed["data"] == {"ids": [secret]}
    assert [comment["text"] for comment in await stage.history()] == ["really?"]
    resumed = await (await stage.line("late")).join({"epoch": joined["epoch"], "seq": joined["seq"]}, room=ROOM)
    assert resumed["recovered"]
    assert b"secret" not in orjson.dumps(resumed)
    assert [event["kind"] for event in resumed["events"]] == ["comment.removed", "comment.sent", "comment.removed"]
    _, kept = await stage.node.hub.backplane.tail(ROOM, Position(joined["epoch"], joined["seq"]))
    assert kept == [orjson.dumps(event) for event in resumed["events"]]


async def test_whoever_folds_the_events_has_what_a_newcomer_is_given(stage: Stage) -> None:
    ann = await stage.enter("ann")
    joined = await ann.join(room=ROOM)
    state = client.from_snapshot(joined["snapshot"])
    ids = [(await stage.say(ann, f"number {number}"))["data"]["comment_id"] for number in range(3)]
    await stage.say(ann, "an answer", reply_to=ids[1])
    await stage.call("PUT", "/pin", {"comment_id": ids[2]})
    await stage.call("DELETE", f"/comments/{ids[1]}")
    await stage.call("DELETE", f"/comments/{ids[2]}")
    await stage.wait(200)
    for event in ann.events():
        state = client.fold(state, event)
    fresh = client.from_snapshot((await (await stage.line("new")).join(room=ROOM))["snapshot"])
    assert {name: state[name] for name in ("comments", "talk")} == {name: fresh[name] for name in ("comments", "talk")}
    assert [comment["data"]["text"] for comment in state["comments"]] == ["number 0", "an answer"]
    assert "pinned" not in state["talk"][ROOM]


async def test_all_of_somebody_is_taken_back_and_the_others_stay(stage: Stage) -> None:
    ann, bob, host = await stage.enter("ann"), await stage.enter("bob"), await stage.enter("h", Role.HOST)
    for number in range(3):
        pinned = (await stage.say(bob, f"spam {number}"))["data"]["comment_id"]
        await stage.say(ann, f"talk {number}")
    await stage.ask(host, "comment.pin", {"comment_id": pinned})
    assert (await stage.ask(host, "comment.remove_all", {"user_id": "bob"}))["type"] == "ack"
    await stage.wait(200)
    [removed] = ann.events("comment.removed")
    assert len(removed["data"]["ids"]) == 3
    assert [comment["text"] for comment in await stage.history()] == ["talk 0", "talk 1", "talk 2"]
    assert "pinned" not in (await stage.call("GET", "/talk")) or (await stage.call("GET", "/talk"))["pinned"] is None
    again = await stage.ask(host, "comment.remove_all", {"user_id": "bob"})
    assert again["type"] == "ack"
    await stage.wait(200)
    assert len(ann.events("comment.removed")) == 1


async def test_what_is_removed_cannot_be_pinned_before_its_removal_is_told(stage: Stage) -> None:
    host, ann = await stage.enter("h", Role.HOST), await stage.enter("ann")
    told = (await stage.say(ann, "my secret"))["data"]["comment_id"]
    stage.node.storage.relay._is_running = False
    assert (await stage.ask(host, "comment.remove", {"comment_id": told}))["type"] == "ack"
    refused = (await stage.ask(host, "comment.pin", {"comment_id": told}))["error"]
    assert (refused["code"], refused["field"]) == ("not_found", "comment_id")


async def pinned(stage: Stage) -> object:
    """What is pinned as it is stored."""
    state = await stage.node.value.means.keeper.load(TALK, ROOM)
    assert state is not None
    return state.pinned


async def test_a_pin_in_the_moment_of_a_removal_does_not_stay(stage: Stage) -> None:
    """Whether the one or the other is stored first, and although neither has been told yet."""
    host, ann, bob = await stage.enter("h", Role.HOST), await stage.enter("ann"), await stage.enter("bob")
    first, second = [(await stage.say(ann, f"secret {number}"))["data"]["comment_id"] for number in range(2)]
    kept = (await stage.say(bob, "hi"))["data"]["comment_id"]
    stage.node.storage.relay._is_running = False
    await stage.ask(host, "comment.pin", {"comment_id": first})
    await stage.ask(host, "comment.remove_all", {"user_id": "ann"})
    assert (await pinned(stage)) is None
    assert (await stage.ask(host, "comment.pin", {"comment_id": second}))["type"] == "ack"
    stage.node.storage.relay._is_running = True
    await stage.wait(6_000)
    assert (await pinned(stage)) is None
    assert "pinned" not in (await (await stage.line("new")).join(room=ROOM))["snapshot"]["talk"][ROOM]
    assert (await stage.ask(host, "comment.pin", {"comment_id": kept}))["type"] == "ack"


def test_what_is_only_pinned_is_removed_with_all_of_its_author() -> None:
    """The history no longer has when it was said, and still what was told of the pin."""
    comment = {"id": "c_1", "by": {"id": "ann"}, "text": "secret"}
    talk = {"id": "r", "pinned": {"comment": comment}}
    payload = orjson.dumps({"kind": "talk.changed", "ts": 5, "data": {"talk": talk}})
    assert find_by("ann", [payload, payload, _event("c_2", "hi")]) == ["c_1", "c_2"]
    assert find_by("bob", [payload]) == []


async def test_a_removal_that_was_committed_is_carried_out_after_a_restart(tmp_path: Path) -> None:
    """The process died between the commit and the telling; a room keeps nothing over a restart in any case."""
    async with playing(tmp_path) as stage:
        ann = await stage.enter("ann")
        told = (await stage.say(ann, "my secret"))["data"]["comment_id"]
        stage.node.storage.relay._is_running = False
        await stage.app.call("DELETE", f"/api/v1/rooms/{ROOM}/comments/{told}", stage.app.token("h", Role.HOST, [ROOM]))
        assert ann.events("comment.removed") == []
    async with playing(tmp_path, again=True) as stage:
        await stage.wait(6_000)
        bob = await stage.line("bob")
        joined = await bob.join({"epoch": "gone", "seq": 1}, room=ROOM)
        assert {"ids": [told]} in [event["data"] for event in joined.get("events", [])]
        assert [each["act"] for each in (await stage.call("GET", "/audit"))["entries"]] == ["comment.remove"]


async def test_who_removes_what_is_filed_with_the_text(stage: Stage) -> None:
    ann, moderator = await stage.enter("ann"), await stage.enter("mod", Role.MODERATOR)
    told = (await stage.say(ann, "nasty"))["data"]["comment_id"]
    await stage.ask(moderator, "comment.remove", {"comment_id": told})
    [entry] = (await stage.call("GET", "/audit"))["entries"]
    assert (entry["who"], entry["subject"]) == ("mod", told)
    assert entry["facts"] == {"user_id": "ann", "text": "nasty"}


async def test_a_moderator_does_not_remove_what_the_host_said(stage: Stage) -> None:
    host, moderator = await stage.enter("h", Role.HOST), await stage.enter("mod", Role.MODERATOR)
    told = (await stage.say(host, "welcome"))["data"]["comment_id"]
    assert (await stage.ask(moderator, "comment.remove", {"comment_id": told}))["error"]["code"] == "forbidden"
    assert (await stage.ask(host, "comment.remove", {"comment_id": told}))["type"] == "ack"


@pytest.mark.parametrize("command", ["comment.remove", "comment.pin"])
async def test_a_comment_that_is_not_there_is_not_found(stage: Stage, command: str) -> None:
    host = await stage.enter("h", Role.HOST)
    refused = (await stage.ask(host, command, {"comment_id": "c_none"}))["error"]
    assert (refused["code"], refused["field"]) == ("not_found", "comment_id")
