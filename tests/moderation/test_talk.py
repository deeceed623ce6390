"""Who may write: rules of a room, told to everybody, kept over a restart, holding for viewers and not for staff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.talk import Held, Pinned, TalkRules
from liveroom.rooms.rules import talk_state
from liveroom.rooms.rules.sanctions import Kind, Sanction
from liveroom.rooms.rules.talk import Speaker, admit, waits
from liveroom.rooms.rules.talk_state import MOST_REMOVED, Pin, SetRules, TakeBack, TalkState, Unpin
from tests.moderation.theatre import Stage, playing
from tests.rooms.builders import NOW, make_author
from tests.support.http_app import ROOM

VIEWER = Speaker(Role.VIEWER)


@pytest.mark.parametrize(
    ("rules", "speaker", "code", "facts"),
    [
        ({}, VIEWER, None, {}),
        ({"muted_all": True}, VIEWER, "muted", {"by": "all"}),
        ({"muted_all": True}, Speaker(Role.MODERATOR), None, {}),
        ({"followers_only": True}, VIEWER, "forbidden", {"needs": "follow"}),
        ({"followers_only": True}, Speaker(Role.VIEWER, followed=True), None, {}),
        ({"members_only": True}, VIEWER, "forbidden", {"needs": "member"}),
        ({"members_only": True}, Speaker(Role.VIEWER, member=True), None, {}),
        ({"min_level": 5}, Speaker(Role.VIEWER, 4), "forbidden", {"needs": "level", "level": 5}),
        ({"min_level": 5}, Speaker(Role.VIEWER, 5), None, {}),
        ({"followers_only": True, "min_level": 5}, Speaker(Role.HOST), None, {}),
        ({"followers_only": True}, Speaker(Role.GUEST), "forbidden", {"needs": "follow"}),
    ],
)
def test_a_rule_lets_in_whom_it_names(
    rules: dict[str, Any], speaker: Speaker, code: str | None, facts: dict[str, Any]
) -> None:
    if code is None:
        admit(TalkRules(**rules), None, speaker)
        return
    with pytest.raises(Refusal) as refused:
        admit(TalkRules(**rules), None, speaker)
    assert (refused.value.code, refused.value.facts) == (code, facts)


def test_a_mute_says_until_when() -> None:
    for until_ms, facts in ((None, {"by": "staff"}), (NOW, {"by": "staff", "until": NOW})):
        mute = Sanction("u", Kind.MUTED, "h", Role.HOST, "", 0, until_ms)
        with pytest.raises(Refusal) as refused:
            admit(TalkRules(), mute, VIEWER)
        assert refused.value.facts == facts


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("held", list(Held))
def test_whose_comments_wait(role: Role, held: Held) -> None:
    expected = {Held.NOBODY: set(), Held.GUESTS: {Role.GUEST}, Held.EVERYBODY: {Role.GUEST, Role.VIEWER}}
    assert waits(TalkRules(hold=held), role) == (role in expected[held])


def test_the_document_counts_changes_and_a_repeat_is_none() -> None:
    comment = {"id": "c_1", "by": make_author(), "text": "hi"}
    pin = Pin(Pinned.model_validate({"comment": comment, "by": "h", "at": NOW}))
    state = TalkState("r")
    for number, command in enumerate([SetRules({"slow_s": 5}), pin, Unpin()], 1):
        after = talk_state.apply(state, command)
        assert after.version == number
        assert talk_state.apply(after, command) is after
        state = after
    assert state.rules == TalkRules(slow_s=5)
    assert state.pinned is None


@pytest.mark.parametrize("command", [TakeBack(("c_0", "c_1")), TakeBack(user_id="u1")])
def test_what_is_removed_is_neither_pinned_nor_pinned_again(command: TakeBack) -> None:
    comment = {"id": "c_1", "by": make_author("u1"), "text": "hi"}
    pin = Pin(Pinned.model_validate({"comment": comment, "by": "h", "at": NOW}))
    pinned = talk_state.apply(TalkState("r"), pin)
    gone = talk_state.apply(pinned, command)
    assert (gone.pinned, gone.version) == (None, 2)
    assert talk_state.apply(gone, command) is gone
    with pytest.raises(Refusal, match="was removed"):
        talk_state.apply(gone, pin)
    other = talk_state.apply(pinned, TakeBack(("another",), "u2"))
    assert (other.pinned, other.version) == (pinned.pinned, 1), "nothing to be seen is other than before"


def test_the_last_removed_comments_are_known() -> None:
    ids = tuple(f"c_{number}" for number in range(MOST_REMOVED + 1))
    state = talk_state.apply(TalkState("r", removed=("c_old",)), TakeBack(ids))
    assert state.removed == ids[1:]
    assert talk_state.apply(state, TakeBack(ids[1:])) is state


async def test_rules_are_told_to_all_and_part_of_the_snapshot(stage: Stage) -> None:
    ann, host = await stage.enter("ann"), await stage.enter("h", Role.HOST)
    answer = await stage.ask(host, "talk.set_rules", {"muted_all": True, "contacts": "hold"})
    view = answer["data"]["talk"]
    assert (view["id"], view["version"], view["status"]) == (ROOM, 1, "muted")
    assert view["rules"] == {"muted_all": True, "contacts": "hold"}, "what has its default is left out"
    await stage.wait(200)
    assert [event["data"]["talk"] for event in ann.events("talk.changed")] == [view]
    joined = await (await stage.line("bob")).join(room=ROOM)
    assert joined["snapshot"]["talk"] == {ROOM: view}
    assert (await stage.say(ann, "hello"))["error"]["code"] == "muted"
    assert (await stage.say(host, "hello"))["type"] == "ack"
    await stage.call("PATCH", "/talk", {"muted_all": False})
    assert (await stage.say(ann, "hello"))["type"] == "ack"


async def test_rules_and_the_pin_outlive_the_process(tmp_path: Path) -> None:
    async with playing(tmp_path) as stage:
        told = (await stage.say(await stage.enter("ann"), "看这里"))["data"]["comment_id"]
        await stage.call("PUT", "/pin", {"comment_id": told})
        view = await stage.call("PATCH", "/talk", {"followers_only": True})
        assert view["pinned"]["comment"]["text"] == "看这里"
    async with playing(tmp_path, again=True) as stage:
        assert await stage.call("GET", "/talk") == view
        ann, bob = await stage.enter("ann"), await stage.enter("bob", followed=True)
        assert (await stage.say(ann, "hello"))["error"]["needs"] == "follow"
        assert (await stage.say(bob, "hello"))["type"] == "ack"
        assert (await stage.call("DELETE", "/pin"))["version"] == view["version"] + 1


async def test_changing_nothing_tells_and_files_nothing(stage: Stage) -> None:
    ann = await stage.enter("ann")
    for _ in range(2):
        await stage.call("PATCH", "/talk", {"slow_s": 0})
        await stage.call("PATCH", "/talk", {})
        await stage.call("DELETE", "/pin")
    await stage.wait(200)
    assert ann.events("talk.changed") == []
    assert (await stage.call("GET", "/audit"))["entries"] == []


async def test_changes_are_filed(stage: Stage) -> None:
    told = (await stage.say(await stage.enter("ann"), "look"))["data"]["comment_id"]
    await stage.call("PATCH", "/talk", {"slow_s": 5})
    await stage.call("PUT", "/pin", {"comment_id": told})
    await stage.call("DELETE", "/pin")
    entries = (await stage.call("GET", "/audit"))["entries"]
    assert [(each["act"], each["subject"], each["facts"]) for each in entries] == [
        ("comment.unpin", told, {}),
        ("comment.pin", told, {}),
        ("talk.set_rules", None, {"slow_s": 5}),
    ]
