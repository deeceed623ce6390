"""Keys: whatever is sent again takes effect once and is answered as the first time."""

from __future__ import annotations

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.realtime.identity import Role
from liveroom.rooms.messages.comment import SendComment
from liveroom.rooms.messages.room import RoomSettings
from tests.rooms_service.house import House
from tests.support.clock import FakeClock


async def test_a_repeated_comment_is_said_once_and_answered_as_the_first_time(house: House) -> None:
    line = await house.enter("ann")
    first = await line.ask("comment.send", {"text": "hi"}, key="k")
    again = await line.ask("comment.send", {"text": "hi"}, key="k")
    line.hang_up()
    back = await house.enter("ann")
    elsewhere = await back.ask("comment.send", {"text": "hi"}, key="k")
    for repeat in (again, elsewhere):
        assert repeat == first | {"id": repeat["id"], "duplicate": True}
    snapshot = (await house.look())["snapshot"]
    assert [comment["data"]["text"] for comment in snapshot["comments"]] == ["hi"]


async def test_repeats_in_one_batch_are_found_and_order_is_kept(house: House) -> None:
    host = await house.enter("host", Role.HOST)
    texts = ["a", "b", "a", "c", "a", "b"]
    numbers = [host.say("comment.send", {"text": text}, key=text) for text in texts]
    await house.settle()
    await house.wait(10)
    answers = [host.answer(number) for number in numbers]
    assert [answer.get("duplicate", False) for answer in answers] == [False, False, True, False, True, True]
    assert answers[0]["data"] == answers[2]["data"] == answers[4]["data"]
    assert [event["data"]["text"] for event in host.events("comment.sent")] == ["a", "b", "c"]
    heard = [frame["id"] for frame in host.hear() if frame.get("id") in numbers and frame["type"] == "ack"]
    assert heard == numbers
    await host.ask("room.end")
    await house.wait(10)
    assert host.events("room.ended")[0]["data"]["stats"]["comments"] == 3


async def test_repeated_likes_count_once(house: House) -> None:
    line = await house.enter("ann")
    first = await line.ask("like.send", {"count": 9}, key="k")
    await house.wait(300)
    again = await line.ask("like.send", {"count": 9}, key="k")
    both = [line.say("like.send", {"count": 5}, key="k2") for _ in range(2)]
    await house.wait(600)
    assert again == first | {"id": again["id"], "duplicate": True}
    assert "seq" not in first
    assert [line.answer(number).get("duplicate", False) for number in both] == [False, True]
    assert line.latest("likes")[-1] == {"total": 14}


async def test_a_repeated_go_live_starts_one_show(clock: FakeClock) -> None:
    house = House(clock)
    await house.open(live=False)
    host = await house.enter("host", Role.HOST)
    first = await host.ask("room.go_live", key="k")
    again = await host.ask("room.go_live", key="k")
    assert again == first | {"id": again["id"], "duplicate": True}
    await host.ask("room.end")
    together = [host.say("room.go_live", key="k3") for _ in range(3)]
    await house.settle()
    answers = [host.answer(number) for number in together]
    assert [(answer["type"], answer.get("duplicate", False)) for answer in answers] == [
        ("ack", False),
        ("ack", True),
        ("ack", True),
    ]
    another = await host.ask("room.go_live", key="k2")
    assert another["error"]["code"] == "wrong_state"
    await house.wait(10)
    assert len(host.events("room.went_live")) == 2
    await house.close()


async def test_a_repeated_comment_that_was_shed_is_counted_once(clock: FakeClock) -> None:
    house = House(clock, RoomSettings(comments_per_s=1))
    await house.open()
    people = [await house.enter(f"u{number}") for number in range(4)]
    for line in people[:3]:
        await line.ask("comment.send", {"text": "blah"})
    shed = [await people[3].ask("comment.send", {"text": "blah"}, key="k") for _ in range(3)]
    assert [answer["data"]["shed"] for answer in shed] == [True] * 3
    assert len({answer["data"]["comment_id"] for answer in shed}) == 1
    await house.wait(1_100)
    room = await house.service.room("demo")
    assert people[0].latest("comments_shed")[-1] == {"total": room.shed_total}
    assert room.shed_total == 4 - room.comments.sent_total
    await house.close()


async def test_another_body_under_the_same_key_is_refused_and_has_no_effect(house: House) -> None:
    line = await house.enter("ann")
    await line.ask("comment.send", {"text": "hi"}, key="k")
    for type_, data in (("comment.send", {"text": "other"}), ("like.send", {"count": 50})):
        answer = await line.ask(type_, data, key="k")
        assert answer["error"]["code"] == "key_conflict"
        assert answer["error"]["retryable"] is False
    together = [line.say("like.send", {"count": count}, key="k3") for count in (1, 2)]
    await house.wait(400)
    assert line.answer(together[1])["error"]["code"] == "key_conflict"
    assert line.latest("likes")[-1] == {"total": 1}


async def test_a_key_belongs_to_its_sender(house: House) -> None:
    first, second = await house.enter("ann"), await house.enter("bob")
    answers = [await line.ask("comment.send", {"text": "hi"}, key="k") for line in (first, second)]
    assert all("duplicate" not in answer for answer in answers)


async def test_a_refused_command_may_come_again_under_its_key(house: House) -> None:
    line, host = await house.enter("ann"), await house.enter("host", Role.HOST)
    await host.ask("room.end")
    refused = await line.ask("comment.send", {"text": "hi"}, key="k")
    assert refused["error"]["code"] == "room_not_open"
    await host.ask("room.open")
    answer = await line.ask("comment.send", {"text": "hi"}, key="k")
    assert (answer["type"], answer.get("duplicate")) == ("ack", None)


async def test_after_ten_minutes_a_key_is_new_again(house: House) -> None:
    line = await house.enter("ann")
    await line.ask("comment.send", {"text": "hi"}, key="k")
    line.hang_up()
    await house.wait(601_000, step_ms=10_000)
    back = await house.enter("ann")
    assert "duplicate" not in await back.ask("comment.send", {"text": "hi"}, key="k")


async def test_http_and_websocket_share_keys(house: House) -> None:
    line = await house.enter("ann")
    first = await line.ask("comment.send", {"text": "hi"}, key="k")
    identity = house.people.known["ann"]
    again = await house.service.call(identity, "demo", "comment.send", SendComment(text="hi"), "k")
    assert (again.duplicate, again.seq) == (True, first["seq"])
    with pytest.raises(RealtimeError) as refused:
        await house.service.call(identity, "demo", "comment.send", SendComment(text="no"), "k")
    assert refused.value.code == ErrorCode.KEY_CONFLICT
