"""Questions belong to a show: those of a past one swallow nothing, and nobody alone fills the queue of this one."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Role
from liveroom.server import questions
from tests.storage.stage.hall import Hall
from tests.storage.stage.test_questions import ask, queued


async def test_what_a_past_show_was_asked_swallows_nothing_of_the_next(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await ask(ann)
    question = await queued(host)
    await host.ask("question.dismiss", {"question": question["id"]})
    await host.ask("room.end")
    await host.ask("room.go_live")
    await ask(ann, "请问什么时候发货？")
    again = await host.told("question.changed", lambda data: data["question"]["status"] == "delivered")
    assert again["question"]["show_id"] != question["show_id"]
    await hall.node.value.questions.settle()
    joined = await (await hall.connect("ann")).ask("room.join")
    assert [each["id"] for each in joined["me"]["questions"]] == [again["question"]["id"]]


async def test_what_is_asked_before_a_show_belongs_to_that_show_alone(hall: Hall) -> None:
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    kept = []
    for _ in range(2):
        await host.ask("room.end")
        hall.clock.advance(1_000)
        await host.ask("room.open")
        await ask(ann)
        asked = await host.told("question.changed", lambda data: data["question"]["status"] == "delivered")
        await host.ask("room.go_live")
        await ask(ann, "请问什么时候发货？")
        await hall.node.value.questions.settle()
        assert hall.node.value.questions.memory.queue("demo").open == 1, "it goes on in the show"
        await host.ask("question.dismiss", {"question": asked["question"]["id"]})
        await host.told("question.changed", lambda data: data["question"]["status"] == "dismissed")
        kept.append(asked["question"]["id"])
    assert kept[0] != kept[1]


async def test_what_is_still_open_of_a_past_show_is_left_open_when_the_next_begins(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The node may have missed the end."""
    host, ann = await hall.enter("host", Role.HOST), await hall.enter("ann")
    await ask(ann)
    question = await queued(host)
    with monkeypatch.context() as patched:
        patched.setattr(questions, "TURNS", frozenset())
        await host.ask("room.end")
        await host.seen("room.ended")
    await host.ask("room.go_live")
    left = await host.told("question.changed", lambda data: data["question"]["status"] == "expired")
    assert left["question"]["id"] == question["id"]


async def test_one_person_alone_does_not_push_out_what_others_ask(hall: Hall) -> None:
    host, ann, bob = await hall.enter("host", Role.HOST), await hall.enter("ann"), await hall.enter("bob")
    await ask(bob, "包邮吗？")
    await hall.node.value.questions.settle()
    for number in range(5):
        hall.clock.advance(6_000)
        await ask(ann, f"有{number}号吗？")
        await hall.node.value.questions.settle()
        if number == 1:
            await ask(bob, "有1号吗？")
            await hall.node.value.questions.settle()
    queue = hall.node.value.questions.memory.open_in("demo")
    asked = sorted((each.text, each.count) for each in queue)
    assert asked == [("包邮吗？", 1), ("有1号吗？", 2), *((f"有{number}号吗？", 1) for number in (2, 3, 4))]
    assert host.private("question.changed")
