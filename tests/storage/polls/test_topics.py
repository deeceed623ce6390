"""Topics through the service: what is said about them is marked and counted, once for each person, over restarts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.value.topics import listening
from tests.storage.polls.hall import FAR_MS, ROOM, Hall, host, opened, viewer
from tests.support.clock import FakeClock

ASKED: dict[str, Any] = {
    "text": "你们觉得这款怎么样？",
    "opinions": [{"text": "喜欢", "words": ["好看"]}, {"text": "一般", "words": ["不好看"]}],
}


async def set_topic(hall: Hall, key: str = "k1", **more: Any) -> str:
    """Open a topic; gives its id."""
    made: str = (await hall.call(host(), "topic.set", key, **ASKED, **more))["topic"]["id"]
    await hall.shown("topics")
    return made


async def say(hall: Hall, user: str, text: str, key: str = "", **more: Any) -> None:
    """Comment."""
    await hall.call(viewer(user), "comment.send", key or f"{user} {text}", text=text, **more)


async def heat(hall: Hall) -> dict[str, Any]:
    """How topics stand, with everything counted that was said so far."""
    await hall.node.value.topics.listener.flush()
    stands: dict[str, Any] = (await hall.latest("topic_heat"))["topics"]
    return stands


async def test_comments_are_marked_and_counted_and_opinions_count_once_each(hall: Hall) -> None:
    topic = await set_topic(hall)
    await say(hall, "ann", "真好看")
    await say(hall, "ann", "不好看了")
    await say(hall, "bob", "好看")
    await say(hall, "cat", "多少钱", topic=topic)
    await say(hall, "dan", "主播好")
    marked = [(each["by"]["id"], each.get("topic"), each.get("opinion")) for each in await hall.told("comment.sent")]
    assert marked == [
        ("ann", topic, "a"),
        ("ann", topic, "b"),
        ("bob", topic, "a"),
        ("cat", topic, None),
        ("dan", None, None),
    ]
    stands = (await heat(hall))[topic]
    assert (stands["comments"], stands["opinions"], stands["heat"]) == (4, {"a": 2}, 3)


async def test_an_opinion_for_which_there_was_no_room_counts_when_it_is_said_again(
    sqlite_hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MOST", 1)
    topic = await set_topic(sqlite_hall)
    await say(sqlite_hall, "ann", "好看")
    await say(sqlite_hall, "bob", "好看")
    assert (await heat(sqlite_hall))[topic]["opinions"] == {"a": 1}
    await say(sqlite_hall, "bob", "真的好看")
    assert (await heat(sqlite_hall))[topic]["opinions"] == {"a": 2}


async def test_the_summary_is_what_was_counted_until_the_close(hall: Hall) -> None:
    topic = await set_topic(hall)
    for user in ("ann", "bob"):
        await say(hall, user, "好看")
    closed = (await hall.call(host(), "topic.close", topic=topic))["topic"]
    summary = closed["summary"]
    assert (summary["comments"], summary["opinions"]) == (2, {"a": 2})
    assert summary["said"] == [{"text": "好看", "count": 2}]
    await say(hall, "cat", "好看", topic=topic)
    assert "topic" not in (await hall.told("comment.sent"))[-1]
    assert (await hall.node.value.topics.all.report(ROOM, topic)).tally.comments == 2
    [told] = await hall.webhooks("topic.closed")
    assert (told["topic"], told["summary"]["comments"]) == (topic, 2)
    await hall.wait(120_000)
    assert topic not in await hall.shown("topics")


async def test_the_next_topic_closes_the_one_before(hall: Hall) -> None:
    first = await set_topic(hall)
    await say(hall, "ann", "好看")
    hall.clock.advance(1_000)
    second = await set_topic(hall, "k2", lasts_s=30)
    shown = await hall.shown("topics")
    assert (shown[first]["status"], shown[first]["summary"]["comments"]) == ("closed", 1)
    assert shown[second]["status"] == "open"
    repeated = await hall.call(host(), "topic.set", "k1", **ASKED)
    assert (repeated["topic"]["status"], repeated["duplicate"]) == ("closed", True)
    await hall.wait(30_000)
    assert (await hall.shown("topics"))[second]["status"] == "closed"


async def open_topics(hall: Hall) -> list[str]:
    """As they are stored."""
    rows = await hall.read("SELECT id, state FROM documents WHERE kind = 'topic' ORDER BY id")
    states = [(id_, state if isinstance(state, dict) else orjson.loads(state)) for id_, state in rows]
    return [id_ for id_, state in states if state["status"] == "open"]


async def test_of_topics_that_are_set_in_one_moment_one_is_open(hall: Hall) -> None:
    answers = await asyncio.gather(*(hall.call(host(), "topic.set", f"k{at}", **ASKED) for at in range(4)))
    is_open = [each["topic"]["id"] for each in answers if each["topic"]["status"] == "open"]
    shown = await hall.shown("topics")
    [left] = await open_topics(hall)
    assert left in is_open
    assert [id_ for id_ in shown if shown[id_]["status"] == "open"] == [left]


async def test_over_nodes_with_clocks_apart_the_topic_that_was_set_last_is_open(
    url: str, tmp_path: Path, clock: FakeClock
) -> None:
    late = FakeClock()
    clock.advance(3_000)
    async with opened(url, tmp_path / "data", clock) as hall, opened(url, tmp_path / "data", late) as other:
        await set_topic(hall)
        last = await set_topic(other, "k2")
        assert await open_topics(hall) == [last]


async def test_a_topic_that_could_not_be_closed_is_closed_by_the_repeat(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_topic(hall)
    keeper = hall.node.value.means.keeper

    async def refuse(*_: object) -> None:
        raise RealtimeError(ErrorCode.UNAVAILABLE, "not now")

    with monkeypatch.context() as away:
        away.setattr(keeper, "carry_out", refuse)
        second = await set_topic(hall, "k2")
    assert await set_topic(hall, "k2") == second
    assert await open_topics(hall) == [second]


async def test_what_was_counted_survives_a_restart_and_a_person_still_counts_once(
    url: str, tmp_path: Path, clock: FakeClock
) -> None:
    async with opened(url, tmp_path / "data", clock) as hall:
        topic = await set_topic(hall)
        await say(hall, "ann", "好看")
        shown = await hall.shown("topics")
    async with opened(url, tmp_path / "data", clock) as hall:
        assert await hall.shown("topics") == shown
        assert (await hall.latest("topic_heat"))["topics"][topic]["comments"] == 1
        await say(hall, "ann", "好看", "again")
        await say(hall, "bob", "不好看")
        stands = (await heat(hall))[topic]
        assert (stands["comments"], stands["opinions"]) == (3, {"a": 1, "b": 1})


async def test_what_the_ledger_did_not_take_is_counted_later_and_once(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = await set_topic(hall)
    listener = hall.node.value.topics.listener

    def refuse(fact: Any) -> None:
        raise RealtimeError(ErrorCode.OVERLOADED, "too much", retry_after_ms=100)

    with monkeypatch.context() as busy:
        busy.setattr(hall.node.storage.ledger, "submit", refuse)
        await say(hall, "ann", "好看")
        await listener.flush()
    await say(hall, "bob", "好看")
    stands = (await heat(hall))[topic]
    assert (stands["comments"], stands["opinions"]) == (2, {"a": 2})


async def test_the_clock_has_counted_what_was_said_a_second_ago(sqlite_hall: Hall) -> None:
    topic = await set_topic(sqlite_hall)
    await say(sqlite_hall, "ann", "好看")
    sqlite_hall.clock.advance(1_000)
    assert not sqlite_hall.node.value.topics.listener._comments
    assert (await heat(sqlite_hall))[topic]["comments"] == 1


async def test_guests_are_heard_and_their_opinions_are_not_counted(sqlite_hall: Hall) -> None:
    topic = await set_topic(sqlite_hall)
    guest = Identity(user_id="g", name="g", role=Role.GUEST, guest=True, expires_at_ms=FAR_MS)
    await sqlite_hall.call(guest, "comment.send", "g1", text="好看")
    stands = (await heat(sqlite_hall))[topic]
    assert (stands["comments"], stands["opinions"]) == (1, {})


async def test_a_topic_of_another_room_is_not_there(sqlite_hall: Hall) -> None:
    topic = "t_0000000000000000"
    with pytest.raises(Refusal) as refused:
        await sqlite_hall.call(host(), "topic.close", topic=topic)
    assert refused.value.code == ErrorCode.NOT_FOUND
