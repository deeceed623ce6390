"""Mutes, shadows and kicks: they hold at once and everywhere, by rank, for their time, and are filed."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.rules.sanctions import Kind, Sanction
from tests.moderation.theatre import Stage, playing
from tests.support.http_app import ROOM


async def test_a_muted_viewer_watches_and_does_not_write(stage: Stage) -> None:
    """On all connections, also later ones; lifting it lets them write again."""
    ann, host = await stage.enter("ann"), await stage.enter("h", Role.HOST)
    assert (await stage.ask(host, "user.mute", {"user_id": "ann", "reason": "spam"}))["type"] == "ack"
    assert ann.private("mute.changed") == [{"muted": {}}]
    refused = (await stage.say(ann, "hello"))["error"]
    assert (refused["code"], refused["by"], refused["retryable"]) == ("muted", "staff", False)
    again = await stage.line("ann")
    assert (await again.join(room=ROOM))["me"]["mute"] == {}
    assert (await stage.say(again, "hello"))["error"]["code"] == "muted"
    assert (await stage.say(host, "we go on"))["type"] == "ack"
    assert [event["data"]["text"] for event in ann.events("comment.sent")] == ["we go on"]
    assert (await stage.ask(host, "user.unmute", {"user_id": "ann"}))["type"] == "ack"
    assert ann.private("mute.changed")[-1] == {}
    assert (await stage.say(ann, "thanks"))["type"] == "ack"
    assert "mute" not in (await (await stage.line("ann")).join(room=ROOM))["me"]


async def test_a_mute_ends_by_itself(stage: Stage) -> None:
    ann = await stage.enter("ann")
    await stage.call("POST", "/mutes", {"user_id": "ann", "seconds": 60})
    until = stage.clock.now_ms() + 60_000
    assert ann.private("mute.changed") == [{"muted": {"until": until}}]
    assert (await stage.say(ann, "hello"))["error"]["until"] == until
    await stage.wait(59_000, 1_000)
    assert (await stage.say(ann, "hello"))["error"]["code"] == "muted"
    await stage.wait(1_000)
    assert (await stage.say(ann, "hello"))["type"] == "ack"
    assert (await stage.call("GET", "/mutes"))["sanctions"] == []


async def test_mutes_outlive_the_process(tmp_path: Path) -> None:
    async with playing(tmp_path) as stage:
        await stage.call("POST", "/mutes", {"user_id": "ann", "reason": "spam"})
        await stage.call("POST", "/shadows", {"user_id": "bob"})
    async with playing(tmp_path, again=True) as stage:
        assert (await stage.say(await stage.enter("ann"), "hello"))["error"]["code"] == "muted"
        bob, carl = await stage.enter("bob"), await stage.enter("carl")
        await stage.say(bob, "can you hear me")
        assert carl.events("comment.sent") == []


async def test_nobody_but_its_author_hears_a_shadowed_viewer(stage: Stage) -> None:
    """The answer and the echo are like those of everybody; the history has nothing of it."""
    ann, bob = await stage.enter("ann"), await stage.enter("bob")
    assert (await stage.say(bob, "before"))["type"] == "ack"
    await stage.call("POST", "/shadows", {"user_id": "bob", "seconds": 60})
    answer = await stage.say(bob, "buy gold", mentions=["ann"])
    assert answer["type"] == "ack"
    assert set(answer) == set(await stage.say(ann, "hi")), "the answer must not give it away"
    [echo] = bob.private("comment.sent")
    assert (echo["text"], echo["id"], echo["by"]["id"]) == ("buy gold", answer["data"]["comment_id"], "bob")
    assert [event["data"]["text"] for event in ann.events("comment.sent")] == ["before", "hi"]
    assert ann.private("comment.sent") == []
    assert [comment["text"] for comment in await stage.history()] == ["before", "hi"]
    await stage.wait(60_000, 5_000)
    await stage.say(bob, "am I back")
    assert ann.events("comment.sent")[-1]["data"]["text"] == "am I back"


async def test_who_is_kicked_leaves_on_all_connections_and_may_come_back(stage: Stage) -> None:
    first, second, other = await stage.enter("ann"), await stage.enter("ann"), await stage.enter("bob")
    await stage.call("POST", "/kicks", {"user_id": "ann", "reason": "quarrel"})
    for line in (first, second):
        [left] = [frame for frame in line.hear() if frame["type"] == "left"]
        assert (left["room"], left["code"]) == (ROOM, "kicked")
    assert not [frame for frame in other.hear() if frame["type"] == "left"]
    assert (await stage.say(first, "hello"))["error"]["code"] == "not_joined"
    assert "error" not in await first.join(room=ROOM)
    assert (await stage.say(first, "hello"))["type"] == "ack"


@pytest.mark.parametrize("command", ["user.mute", "user.unmute", "user.shadow", "user.unshadow", "user.kick"])
async def test_rank_decides(stage: Stage, command: str) -> None:
    """A moderator cannot do it to the host, nobody to themselves."""
    moderator = await stage.enter("mod", Role.MODERATOR)
    await stage.enter("h", Role.HOST)
    for user_id, says in (("h", "cannot do this to a host"), ("mod", "yourself")):
        refused = (await stage.ask(moderator, command, {"user_id": user_id}))["error"]
        assert refused["code"] == "forbidden"
        assert says in refused["message"]
    assert (await stage.ask(moderator, command, {"user_id": "ann"}))["type"] == "ack"


async def test_what_a_higher_rank_imposed_a_lower_one_does_not_change(stage: Stage) -> None:
    moderator = await stage.enter("mod", Role.MODERATOR)
    await stage.call("POST", "/mutes", {"user_id": "ann"})
    for command in ("user.mute", "user.unmute"):
        refused = (await stage.ask(moderator, command, {"user_id": "ann"}))["error"]
        assert "imposed by a service" in refused["message"]
    await stage.call("DELETE", "/mutes/ann")
    assert (await stage.ask(moderator, "user.mute", {"user_id": "ann"}))["type"] == "ack"


@pytest.mark.parametrize("kind", list(Kind))
async def test_ranks_are_those_of_what_is_stored(stage: Stage, kind: Kind) -> None:
    """This node may not have heard yet of what another one has stored."""
    moderator, rows = await stage.enter("mod", Role.MODERATOR), stage.node.value.moderation.sanctions
    imposed = Sanction("ann", kind, "shop", Role.SERVICE, "", stage.clock.now_ms(), None)
    await rows.impose(ROOM, imposed, [])
    name = "mute" if kind is Kind.MUTED else "shadow"
    for command, data in ((f"user.{name}", {"seconds": 1}), (f"user.un{name}", {})):
        refused = (await stage.ask(moderator, command, {"user_id": "ann", **data}))["error"]
        assert (refused["code"], refused["field"]) == ("forbidden", "user_id")
        assert "imposed by a service" in refused["message"]
    assert await rows.load(ROOM) == [imposed]


async def test_what_is_answered_holds_before_the_nodes_are_told(stage: Stage) -> None:
    ann, bob, host = await stage.enter("ann"), await stage.enter("bob"), await stage.enter("h", Role.HOST)
    stage.node.storage.relay._is_running = False
    await stage.ask(host, "user.mute", {"user_id": "ann"})
    await stage.ask(host, "user.shadow", {"user_id": "bob"})
    assert (await stage.say(ann, "hello"))["error"]["code"] == "muted"
    assert (await stage.say(bob, "hello"))["type"] == "ack"
    assert ann.events("comment.sent") == []
    await stage.ask(host, "user.unmute", {"user_id": "ann"})
    await stage.ask(host, "user.unshadow", {"user_id": "bob"})
    for line in (ann, bob):
        await stage.say(line, "hello again")
    assert len(host.events("comment.sent")) == 2


async def test_a_room_keeps_a_bounded_number_of_mutes(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is refused, one that is there may be renewed, and one that is over makes room."""
    monkeypatch.setattr("liveroom.rooms.storage.sanctions.MAX_SANCTIONS", 2)
    host = await stage.enter("h", Role.HOST)
    for user_id in ("ann", "bob", "ann"):
        assert (await stage.ask(host, "user.mute", {"user_id": user_id, "seconds": 60}))["type"] == "ack"
    assert (await stage.ask(host, "user.mute", {"user_id": "carl"}))["error"]["code"] == "overloaded"
    stage.clock.advance(60_000)
    assert (await stage.ask(host, "user.mute", {"user_id": "carl"}))["type"] == "ack"


@pytest.mark.parametrize("command", ["user.mute", "user.unmute"])
async def test_what_a_higher_rank_imposed_binds_nobody_when_its_time_is_over(stage: Stage, command: str) -> None:
    moderator = await stage.enter("mod", Role.MODERATOR)
    await stage.call("POST", "/mutes", {"user_id": "ann", "seconds": 60})
    stage.clock.advance(59_000)
    assert "imposed by a service" in (await stage.ask(moderator, command, {"user_id": "ann"}))["error"]["message"]
    stage.clock.advance(1_000)
    assert (await stage.ask(moderator, command, {"user_id": "ann"}))["type"] == "ack"


async def test_a_mute_by_a_lower_rank_does_not_silence_staff(stage: Stage) -> None:
    """Whoever imposed it may not have known who it was."""
    moderator = await stage.enter("mod", Role.MODERATOR)
    assert (await stage.ask(moderator, "user.mute", {"user_id": "boss"}))["type"] == "ack"
    assert (await stage.say(await stage.enter("boss", Role.OPERATOR), "hello"))["type"] == "ack"


async def test_every_act_is_filed_with_who_when_and_what(stage: Stage) -> None:
    host = await stage.enter("h", Role.HOST)
    await stage.ask(host, "user.mute", {"user_id": "ann", "reason": "spam", "seconds": 60})
    now = stage.clock.now_ms()
    await stage.wait(1_000)
    await stage.ask(host, "user.unmute", {"user_id": "ann"})
    await stage.call("POST", "/bans", {"user_id": "bob", "reason": "worse"})
    await stage.call("DELETE", "/bans/bob")
    await stage.call("POST", "/kicks", {"user_id": "carl"})
    page = await stage.call("GET", "/audit")
    assert [(each["act"], each["who"], each["role"], each["subject"]) for each in page["entries"]] == [
        ("user.kick", "service:shop", "service", "carl"),
        ("user.unban", "service:shop", "service", "bob"),
        ("user.ban", "service:shop", "service", "bob"),
        ("user.unmute", "h", "host", "ann"),
        ("user.mute", "h", "host", "ann"),
    ]
    assert page["entries"][-1]["facts"] == {"reason": "spam", "until": now + 60_000}
    assert [each["at"] for each in page["entries"]] == [now + 1_000] * 4 + [now]
    first = await stage.call("GET", "/audit?limit=2")
    rest = await stage.call("GET", f"/audit?limit=10&before={first['next']}")
    assert first["entries"] + rest["entries"] == page["entries"]
    assert rest["next"] is None
    assert [each["act"] for each in (await stage.call("GET", "/audit?subject=bob"))["entries"]] == [
        "user.unban",
        "user.ban",
    ]


async def test_lifting_what_does_not_hold_is_no_fault_and_is_not_filed(stage: Stage) -> None:
    await stage.call("DELETE", "/mutes/ann")
    await stage.call("DELETE", "/shadows/ann")
    assert (await stage.call("GET", "/audit"))["entries"] == []


async def test_the_lists_are_for_the_staff(stage: Stage) -> None:
    viewer, host = stage.app.token("ann"), stage.app.token("h", Role.HOST, [ROOM])
    await stage.call("POST", "/bans", {"user_id": "bob", "reason": "worse", "seconds": 60})
    await stage.call("POST", "/mutes", {"user_id": "carl"})
    for path, key in (("/audit", "entries"), ("/mutes", "sanctions"), ("/bans", "bans"), ("/words", "words")):
        answer = await stage.app.call("GET", f"/api/v1/rooms/{ROOM}{path}", viewer)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
        assert key in await stage.call("GET", path, bearer=host)
    [ban] = (await stage.call("GET", "/bans"))["bans"]
    assert (ban["user_id"], ban["by"], ban["reason"]) == ("bob", "service:shop", "worse")
