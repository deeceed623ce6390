"""The path of commands: together in one publish, answered in order, each for itself, bounded, and never stuck."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms import actor as actor_module
from liveroom.rooms.handlers import HANDLERS, Decided
from tests.rooms_service.house import House


def codes(answers: list[dict]) -> list[str]:  # type: ignore[type-arg] - frames of any shape
    return [answer["error"]["code"] if answer["type"] == "error" else "ack" for answer in answers]


async def test_commands_that_come_together_are_one_publish_and_answered_in_order(house: House) -> None:
    lines = [await house.enter(f"u{number}") for number in range(30)]
    house.faults.calls.clear()
    numbers = [line.say("comment.send", {"text": f"hi {at}"}) for at, line in enumerate(lines)]
    await house.settle()
    await house.wait(5)
    assert house.faults.calls.count("publish") == 1
    seqs = [line.answer(number)["seq"] for line, number in zip(lines, numbers, strict=True)]
    assert seqs == list(range(seqs[0], seqs[0] + 30))
    assert [event["data"]["text"] for event in lines[0].events("comment.sent")] == [f"hi {at}" for at in range(30)]


async def test_the_answers_of_one_line_come_in_the_order_of_its_commands(house: House) -> None:
    host = await house.enter("host", Role.HOST)
    numbers = [
        host.say(*command)
        for command in (
            ("comment.send", {"text": "one"}),
            ("room.go_live", {}),
            ("room.update", {"title": "two"}),
            ("comment.send", {"text": " "}),
            ("like.send", {"count": 1}),
            ("room.end", {}),
        )
    ]
    await house.settle()
    answers = [frame for frame in host.hear() if frame.get("id") in numbers and frame["type"] in ("ack", "error")]
    assert [answer["id"] for answer in answers] == numbers
    assert codes(answers) == ["ack", "wrong_state", "ack", "invalid_field", "ack", "ack"]


async def test_a_refusal_does_not_hurt_the_others_of_the_batch(house: House) -> None:
    good, bad, also = [await house.enter(name) for name in ("good", "bad", "also")]
    first = good.say("comment.send", {"text": "fine"})
    second = bad.say("comment.send", {"text": "answer", "reply_to": "c_unknown"})
    third = also.say("comment.send", {"text": "fine too"})
    await house.settle()
    assert codes([good.answer(first), bad.answer(second), also.answer(third)]) == ["ack", "not_found", "ack"]
    assert bad.answer(second)["error"]["field"] == "reply_to"


async def test_who_is_too_fast_is_told_how_long_to_wait_and_staff_is_not_slowed_down(house: House) -> None:
    viewer, host = await house.enter("ann"), await house.enter("host", Role.HOST)
    for line, expected in ((viewer, ["ack"] * 5 + ["rate_limited"] * 3), (host, ["ack"] * 8)):
        numbers = [line.say("comment.send", {"text": f"{at}"}) for at in range(8)]
        await house.settle()
        answers = [line.answer(number) for number in numbers]
        assert codes(answers) == expected
        if line is viewer:
            assert 900 <= answers[-1]["error"]["retry_after_ms"] <= 1_001
    await house.wait(1_001)
    assert codes([await viewer.ask("comment.send", {"text": "again"})]) == ["ack"]


async def test_each_like_of_a_batch_counts_for_the_rate(house: House) -> None:
    viewer = await house.enter("ann")
    assert codes([await viewer.ask("like.send", {"count": 50}), await viewer.ask("like.send", {"count": 20})]) == [
        "ack",
        "rate_limited",
    ]
    await house.wait(500)
    assert codes([await viewer.ask("like.send", {"count": 20})]) == ["ack"]


async def test_a_full_queue_refuses_and_drops_nothing_it_took(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actor_module, "MAX_QUEUE", 10)
    lines = [await house.enter(f"u{number}") for number in range(15)]
    numbers = [line.say("comment.send", {"text": "hi"}) for line in lines]
    await house.settle()
    answers = [line.answer(number) for line, number in zip(lines, numbers, strict=True)]
    assert codes(answers) == ["ack"] * 10 + ["overloaded"] * 5
    assert answers[-1]["error"]["retryable"] is True


async def test_a_long_queue_is_carried_out_in_batches_between_which_others_have_their_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actor_module, "MAX_BATCH", 4)
    host = await house.enter("host", Role.HOST)
    house.faults.calls.clear()
    numbers = [host.say("comment.send", {"text": f"{at}"}) for at in range(10)]
    turns = 0

    async def others() -> None:
        nonlocal turns
        while any(frame.get("id") == numbers[-1] for frame in host.hear()) is False:
            turns += 1
            await asyncio.sleep(0)

    await asyncio.gather(others(), house.settle())
    assert house.faults.calls.count("publish") == 3
    assert [host.answer(number)["type"] for number in numbers] == ["ack"] * 10
    assert turns >= 2, "once between each two batches"


async def test_a_faulty_handler_is_answered_logged_and_the_room_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await house.enter("ann"), await house.enter("bob")
    monkeypatch.setitem(HANDLERS, "like.send", lambda means, room, request, now_ms: 1 // 0)
    faulty = first.say("like.send", {"count": 1})
    well = second.say("comment.send", {"text": "hi"})
    await house.settle()
    assert codes([first.answer(faulty), second.answer(well)]) == ["internal", "ack"]
    assert "ZeroDivisionError" in caplog.text
    assert codes([await first.ask("comment.send", {"text": "still here"})]) == ["ack"]


async def test_an_effect_that_fails_is_logged_and_the_others_of_the_batch_have_theirs(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = await house.enter("ann"), await house.enter("bob")

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(HANDLERS, "value_card.act", lambda means, room, request, now_ms: Decided(then=fail))
    faulty = first.say("value_card.act", {"card_id": "c", "step": 1})
    second.say("like.send", {"count": 7})
    await house.wait(500)
    assert codes([first.answer(faulty)]) == ["ack"]
    assert "ZeroDivisionError" in caplog.text
    assert second.latest("likes")[-1] == {"total": 7}


async def test_a_fault_between_two_batches_does_not_leave_commands_waiting(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer = await house.enter("ann")
    room = await house.service.room("demo")
    settle = room.settle
    faults = [ZeroDivisionError()]

    def fail_once(now_ms: int) -> None:
        if faults:
            raise faults.pop()
        settle(now_ms)

    monkeypatch.setattr(room, "settle", fail_once)
    assert codes([await viewer.ask("comment.send", {"text": "hi"})]) == ["ack"]


async def test_who_is_not_in_the_room_is_told_to_join(house: House) -> None:
    line = await house.line("ann")
    assert codes([await line.ask("comment.send", {"text": "hi"})]) == ["not_joined"]
    await line.join()
    await line.ask("room.leave")
    assert codes([await line.ask("comment.send", {"text": "hi"})]) == ["not_joined"]


async def test_a_role_that_may_not_is_told_who_may(house: House) -> None:
    for role in (Role.VIEWER, Role.GUEST, Role.MODERATOR):
        line = await house.enter(f"some {role.value}".replace(" ", "_"), role)
        answer = await line.ask("room.end")
        assert codes([answer]) == ["forbidden"]
        assert "host, operator, service" in answer["error"]["message"]


@pytest.mark.parametrize("status", ["created", "ended"])
async def test_in_a_closed_room_nobody_talks_or_likes(house: House, status: str) -> None:
    host = await house.enter("host", Role.HOST)
    await host.ask("room.end")
    for type_, data in (("comment.send", {"text": "hi"}), ("like.send", {"count": 1})):
        answer = await host.ask(type_, data)
        assert codes([answer]) == ["room_not_open"]
    await host.ask("room.open")
    assert codes([await host.ask("comment.send", {"text": "hi"})]) == ["ack"]


async def test_what_was_accepted_is_answered_truly_when_the_node_ends_in_between(house: House) -> None:
    line = await house.enter("ann")
    house.faults.plan("publish", "hang")
    number = line.say("comment.send", {"text": "hi"})
    await house.faults.hanging.wait()
    await house.service.open_rooms.stop()
    assert codes([line.answer(number)]) == ["unavailable"]


async def test_the_steps_of_a_batch_are_measured_once_in_the_order_of_the_way(house: House) -> None:
    lines = [await house.enter(f"u{number}") for number in range(20)]
    house.steps.taken.clear()
    for line in lines:
        line.say("comment.send", {"text": "hi"})
    await house.settle()
    steps = [step for step, _ in house.steps.taken]
    assert steps.count("decode") in (1, 2), "one message of sixteen"
    assert [step for step in steps if step in ("queue", "rule", "backplane")] == ["queue", "rule", "backplane"]
    assert all(seconds >= 0 for _, seconds in house.steps.taken)
