"""What is read anew because it was changed: the last change holds, however long an earlier reading takes."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import AsyncMock

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.identity import Role
from liveroom.rooms.rereading import Rereading, keep_changes
from liveroom.rooms.rules.bans import Ban
from liveroom.rooms.rules.sanctions import Kind, Sanction
from tests.moderation.theatre import Stage
from tests.rooms.builders import NOW
from tests.support.http_app import KEY, ROOM

TURNS = 50


class SlowFirst:
    """Gives what is there when it is asked; to who asks first it does so only when `gate` is open."""

    def __init__(self, there: Any) -> None:
        self.there = there
        self.gate = asyncio.Event()
        self.asked = 0

    async def __call__(self, *_: object) -> Any:
        """Read it."""
        found, self.asked = self.there, self.asked + 1
        if self.asked == 1:
            await self.gate.wait()
        return found


async def turn() -> None:
    """Let everything happen that waits for nothing outside."""
    for _ in range(TURNS):
        await asyncio.sleep(0)


async def change_twice(stage: Stage, slow: SlowFirst, word: str, second: Any) -> None:
    """Two changes of one room are heard of, and the reading after the first takes until long after the second."""
    tell = stage.node.hub.backplane.tell_nodes
    await tell(orjson.dumps({word: ROOM}))
    await turn()
    slow.there = second
    await tell(orjson.dumps({word: ROOM}))
    await turn()
    slow.gate.set()
    await stage.settle()


def mute(user_id: str) -> Sanction:
    return Sanction(user_id, Kind.MUTED, "h", Role.HOST, "", NOW, None)


async def test_a_mute_is_not_lost_to_an_earlier_reading(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, bob = await stage.enter("ann"), await stage.enter("bob")
    slow = SlowFirst([mute("ann")])
    with monkeypatch.context() as patch:
        patch.setattr(stage.node.value.moderation.sanctions, "load", slow)
        patch.setattr(stage.node.value.means.keeper, "load", AsyncMock(return_value=None))
        await change_twice(stage, slow, "sanctions_changed", [mute("ann"), mute("bob")])
    for line in (ann, bob):
        assert (await stage.say(line, "hello"))["error"]["code"] == "muted"


async def test_words_that_were_dropped_do_not_come_back_with_an_earlier_reading(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await stage.enter("ann")
    await stage.call("POST", "/words", {"words": ["gold"]})
    slow = SlowFirst((await stage.call("GET", "/words"))["words"])
    monkeypatch.setattr(stage.node.value.moderation, "read_words", slow)
    await change_twice(stage, slow, "words_changed", {})
    assert (await stage.say(ann, "gold"))["type"] == "ack"


async def test_a_mute_does_not_wait_for_words(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await stage.enter("ann")
    slow = SlowFirst({"gold": "block"})
    monkeypatch.setattr(stage.node.value.moderation, "read_words", slow)
    talk = (await stage.node.rooms.room(ROOM)).talk
    await stage.node.hub.backplane.tell_nodes(orjson.dumps({"words_changed": ROOM}))
    await turn()
    quick = SlowFirst([mute("ann")])
    quick.gate.set()
    monkeypatch.setattr(stage.node.value.moderation.sanctions, "load", quick)
    await stage.node.hub.backplane.tell_nodes(orjson.dumps({"sanctions_changed": ROOM}))
    await turn()
    assert talk.mute_of("ann", Role.VIEWER, NOW) is not None
    slow.gate.set()
    await stage.settle()
    assert (await stage.say(ann, "hello"))["error"]["code"] == "muted"


async def test_a_ban_is_not_lost_to_an_earlier_reading(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await stage.node.rooms.room(ROOM)
    bans = {user_id: Ban(user_id, "h", "", NOW, None) for user_id in ("ann", "bob")}
    slow = SlowFirst({"ann": bans["ann"]})
    monkeypatch.setattr(stage.node.storage.rooms, "bans", slow)
    await change_twice(stage, slow, "bans_changed", bans)
    assert room.bans == bans


async def test_a_reading_does_not_take_back_what_was_answered_while_it_was_under_way(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = await stage.enter("ann"), await stage.enter("bob")
    await stage.call("POST", "/mutes", {"user_id": "bob"})
    slow = SlowFirst([mute("bob"), mute("carl")])
    monkeypatch.setattr(stage.node.value.moderation.sanctions, "load", slow)
    await stage.node.hub.backplane.tell_nodes(orjson.dumps({"sanctions_changed": ROOM}))
    await turn()
    stage.node.storage.relay._is_running = False
    path = f"/api/v1/rooms/{ROOM}/mutes"
    assert (await stage.app.call("POST", path, KEY, json={"user_id": "ann"})).is_success
    assert (await stage.app.call("DELETE", f"{path}/bob", KEY)).is_success
    slow.gate.set()
    assert (await stage.say(ann, "hello"))["error"]["code"] == "muted"
    assert (await stage.say(bob, "hello"))["type"] == "ack"
    talk = (await stage.node.rooms.room(ROOM)).talk
    assert talk.mute_of("carl", Role.VIEWER, NOW) is not None, "what was read and is not touched here"


NAMES = st.sampled_from("abcd")
TABLES = st.dictionaries(NAMES, st.integers(0, 2))


@given(TABLES, TABLES, TABLES)
def test_of_each_name_the_change_made_here_counts_and_else_what_was_read(
    before: dict[str, int], read: dict[str, int], now: dict[str, int]
) -> None:
    kept = keep_changes(before, read, now)
    for name in "abcd":
        assert kept.get(name) == (read if before.get(name) == now.get(name) else now).get(name)


async def test_changes_heard_of_during_a_reading_are_read_together_after_it() -> None:
    gate = asyncio.Event()
    seen: list[str] = []

    async def read(room: str) -> None:
        seen.append(room)
        if room == "slow":
            await gate.wait()

    anew = Rereading(read)
    first = asyncio.ensure_future(anew.ask("slow"))
    await turn()
    for _ in range(5):
        await anew.ask("slow")
    await anew.ask("other")
    assert seen == ["slow", "other"]
    gate.set()
    await first
    assert seen == ["slow", "other", "slow"]
    await anew.ask("slow")
    assert seen == ["slow", "other", "slow", "slow"]


async def test_after_a_fault_it_is_read_when_it_is_asked_for_again() -> None:
    tries = iter([ValueError("no"), None])

    async def read(room: str) -> None:
        fault = next(tries)
        if fault is not None:
            raise fault

    anew = Rereading(read)
    with pytest.raises(ValueError, match="no"):
        await anew.ask("r")
    await anew.ask("r")
    assert next(tries, "read twice") == "read twice"
