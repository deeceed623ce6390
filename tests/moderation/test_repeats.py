"""The same words by many are counted beside the first; other words, questions and staff are always shown."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.rules.repeats import MOST, SHOWN, TELL_MS, Repeats, key_of
from tests.moderation.theatre import Stage
from tests.support.http_app import ROOM

FOLD_MS = 10_000


@pytest.mark.parametrize(
    "texts",
    [
        ("666", "6666666", "６６６", "6 6 6", "6"),
        ("买它", "买它买它买它", "买它！！！", "買它"),
        ("haha", "HAHAHA", "ha ha"),
        ("好看啊啊啊", "好看啊啊啊啊啊啊"),
        ("👍", "👍👍👍"),
    ],
)
def test_what_is_the_same_to_a_reader_is_the_same(texts: tuple[str, ...]) -> None:
    assert len({key_of(text) for text in texts}) == 1


@pytest.mark.parametrize(
    "texts", [("价格100", "价格10", "价格1000"), ("11号链接", "1号链接"), ("好看", "不好看"), ("👍", "👎")]
)
def test_what_is_another_thing_to_a_reader_is_another(texts: tuple[str, ...]) -> None:
    assert len({key_of(text) for text in texts}) == len(texts)


@given(st.text(max_size=500))
def test_every_text_has_a_key(text: str) -> None:
    assert key_of(text) == key_of(text)


def test_the_first_are_shown_and_the_rest_counted_until_the_time_is_over() -> None:
    repeats = Repeats()
    for number in range(SHOWN):
        assert repeats.find("6", FOLD_MS, 0) is None
        repeats.note("6", f"c_{number}", FOLD_MS, 0)
    for _ in range(5):
        assert repeats.find("6", FOLD_MS, 0) == "c_0"
        repeats.count("6", "c_0", 0)
    assert repeats.find("other", FOLD_MS, 0) is None
    assert repeats.take(TELL_MS - 1) == {}
    assert repeats.take(TELL_MS) == {"c_0": 5}
    assert repeats.take(TELL_MS) == {}
    assert repeats.find("6", FOLD_MS, FOLD_MS) == "c_0"
    assert repeats.find("6", FOLD_MS, FOLD_MS + 1) is None


def test_what_is_expected_counts_as_shown_until_a_turn_has_passed_without_it() -> None:
    repeats = Repeats()
    for number in range(SHOWN):
        assert repeats.find("6", FOLD_MS, 0) is None
        repeats.expect("6", f"c_{number}")
    assert repeats.find("6", FOLD_MS, 0) == "c_0"
    repeats.note("6", "c_1", FOLD_MS, 0)
    assert repeats.find("6", FOLD_MS, 0) == "c_1"
    repeats.begin()
    assert repeats.find("6", FOLD_MS, 0) is None


def test_what_was_removed_is_counted_with_no_more_and_groups_are_bounded() -> None:
    repeats = Repeats()
    for number in range(SHOWN):
        repeats.note("6", f"c_{number}", FOLD_MS, 0)
    repeats.count("6", "c_0", 0)
    repeats.forget({"c_0"})
    assert repeats.find("6", FOLD_MS, 0) is None
    assert repeats.take(TELL_MS) == {}
    for number in range(2 * MOST):
        repeats.note(f"k{number}", "c", FOLD_MS, 0)
    assert len(repeats._groups) == MOST


async def test_a_flood_of_the_same_words_is_three_comments_and_a_number(stage: Stage) -> None:
    people = [await stage.enter(f"u{number}") for number in range(10)]
    texts = ["6" * (3 + number) for number in range(10)]
    answers = [await stage.ask(each, "comment.send", {"text": text}) for each, text in zip(people, texts, strict=True)]
    await stage.wait(1_000)
    first = answers[0]["data"]["comment_id"]
    assert [answer["data"].get("folded", False) for answer in answers] == [False] * 3 + [True] * 7
    assert {answer["data"]["comment_id"] for answer in answers[3:]} == {first}
    assert len(people[0].events("comment.sent")) == 3
    assert [event["data"]["counts"] for event in people[0].events("comment.folded")] == [{first: 7}]
    history = await stage.history()
    assert [comment.get("times") for comment in history] == [7, None, None]
    room = await stage.node.rooms.room("evening")
    assert room.tally.comments == 10


async def test_the_same_words_in_one_moment_are_three_comments_and_a_number(stage: Stage) -> None:
    people = [await stage.enter(f"u{number}") for number in range(10)]
    numbers = [each.say("comment.send", {"text": "666"}, room=ROOM) for each in people]
    await stage.settle()
    acks = [each.answer(number)["data"] for each, number in zip(people, numbers, strict=True)]
    await stage.wait(1_000)
    first = acks[0]["comment_id"]
    assert [ack.get("folded", False) for ack in acks] == [False] * 3 + [True] * 7
    assert {ack["comment_id"] for ack in acks[3:]} == {first}
    assert len(people[0].events("comment.sent")) == 3
    assert [event["data"]["counts"] for event in people[0].events("comment.folded")] == [{first: 7}]


async def test_nothing_is_counted_with_a_comment_that_could_not_be_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [await stage.enter(f"u{number}") for number in range(4)]
    away = RealtimeError(ErrorCode.UNAVAILABLE, "the backplane is away")
    with monkeypatch.context() as patch:
        patch.setattr(stage.node.hub.backplane, "publish", AsyncMock(side_effect=away))
        numbers = [each.say("comment.send", {"text": "666"}, room=ROOM) for each in people]
        await stage.settle()
        assert {each.answer(number)["type"] for each, number in zip(people, numbers, strict=True)} == {"error"}
    answers = [await stage.ask(each, "comment.send", {"text": "666"}) for each in people]
    assert [answer["data"].get("folded", False) for answer in answers] == [False] * 3 + [True]
    assert answers[3]["data"]["comment_id"] == answers[0]["data"]["comment_id"]


async def test_staff_answers_and_questions_are_not_counted_away(stage: Stage) -> None:
    host = await stage.enter("h", Role.HOST)
    for number in range(6):
        viewer = await stage.enter(f"u{number}")
        assert "folded" not in (await stage.say(host, "666"))["data"]
        assert "folded" not in (await stage.say(viewer, "有 XL 码吗？"))["data"]
    assert len(host.events("comment.sent")) == 12


async def test_a_room_may_show_all(stage: Stage) -> None:
    await stage.call("PATCH", "/talk", {"fold_s": 0})
    for number in range(6):
        assert "folded" not in (await stage.say(await stage.enter(f"u{number}"), "666"))["data"]
