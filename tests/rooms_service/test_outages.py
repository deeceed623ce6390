"""The backplane or the store is away or silent: refused in time, and afterwards nothing is lost or doubled."""

from __future__ import annotations

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms import actor as actor_module
from liveroom.rooms import pipeline as pipeline_module
from liveroom.rooms.messages.room import RoomSettings, RoomStatus
from liveroom.rooms.moderation.node_news import LANE as NODES
from liveroom.rooms.moderation.node_news import NodeNews
from liveroom.rooms.storage.outbox import OutboxRow
from tests.rooms_service.house import ROOM, House
from tests.support.clock import FakeClock

FAULTS = ("raise", "hang")
UNSURE = ("raise", "hang", "raise after", "hang after")
"""With the outcome unknown: the effect may have taken place."""


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is given up soon; the real limit is in seconds."""
    for module in (pipeline_module, actor_module):
        monkeypatch.setattr(module, "STEP_S", 0.02)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", ["take", "recall", "publish"])
async def test_a_command_is_refused_in_time_and_has_no_effect(house: House, call: str, fault: str) -> None:
    line = await house.enter("ann")
    house.faults.plan(call, fault)
    refused = await line.ask("comment.send", {"text": "hi"}, key="k")
    assert (refused["error"]["code"], refused["error"]["retryable"]) == ("unavailable", True)
    again = await line.ask("comment.send", {"text": "hi"}, key="k")
    assert (again["type"], again.get("duplicate")) == ("ack", None)
    assert len((await house.look())["snapshot"]["comments"]) == 1


@pytest.mark.parametrize("fault", ["raise after", "hang after"])
async def test_a_comment_whose_answer_was_lost_is_said_once(house: House, fault: str) -> None:
    line = await house.enter("ann")
    house.faults.plan("publish", fault)
    refused = await line.ask("comment.send", {"text": "hi"}, key="k")
    assert refused["error"]["code"] == "unavailable"
    again = await line.ask("comment.send", {"text": "hi"}, key="k")
    assert again["duplicate"] is True
    [comment] = (await house.look())["snapshot"]["comments"]
    assert (comment["data"]["id"], comment["seq"]) == (again["data"]["comment_id"], again["seq"])


@pytest.mark.parametrize("fault", UNSURE)
async def test_likes_that_could_not_be_published_count_once_when_they_come_again(house: House, fault: str) -> None:
    line = await house.enter("ann")
    house.faults.plan("publish", fault)
    assert (await line.ask("like.send", {"count": 7}, key="k"))["type"] == "error"
    assert (await line.ask("like.send", {"count": 7}, key="k"))["type"] == "ack"
    await house.wait(500)
    assert line.latest("likes")[-1] == {"total": 7}


@pytest.mark.parametrize("fault", UNSURE)
@pytest.mark.parametrize("call", ["add", "set_latest likes", "publish"])
async def test_acked_likes_are_in_the_total_once_and_the_milestone_is_announced_once(
    house: House, call: str, fault: str
) -> None:
    people = [await house.enter(f"u{number}") for number in range(3)]
    for line in people[:2]:
        await line.ask("like.send", {"count": 40})
    await house.wait(500)
    assert people[0].latest("likes")[-1] == {"total": 80}
    # The likes go without a key, so the next publish is that of the milestone.
    house.faults.plan(call, fault, fault)
    await people[2].ask("like.send", {"count": 33})
    await house.wait(400)
    await people[1].ask("like.send", {"count": 2})
    await house.wait(3_000)
    assert people[0].latest("likes")[-1] == {"total": 115}
    assert [event["data"] for event in people[0].events("like.milestone_reached")] == [{"total": 100}]
    assert (await house.backplane.add("demo", {f"likes:{await _term(house)}": 0})).popitem()[1] == 115


@pytest.mark.parametrize("fault", UNSURE)
@pytest.mark.parametrize("call", ["add", "set_latest audience"])
async def test_the_audience_is_right_when_the_backplane_is_back(house: House, call: str, fault: str) -> None:
    first = await house.enter("ann")
    await house.wait(2_000)
    house.faults.plan(call, fault, fault)
    await house.enter("bob")
    await house.wait(1_100)
    await house.enter("cat")
    await house.wait(5_000)
    counted = first.latest("audience")[-1]
    assert (counted["viewers"], counted["joined"], counted["peak"]) == (3, 3, 3)


async def _term(house: House) -> int:
    return (await house.service.room("demo")).tally.term


@pytest.mark.parametrize("fault", UNSURE)
@pytest.mark.parametrize("key", ["k", None])
async def test_a_show_that_was_stored_begins_for_everybody_though_telling_failed(
    clock: FakeClock, fault: str, key: str | None
) -> None:
    house = House(clock)
    await house.open(live=False)
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    house.faults.plan("publish", fault)
    answer = await host.ask("room.go_live", key=key)
    assert answer["type"] == "ack", "it is stored, so it has happened"
    await house.wait(1_000)
    assert len(viewer.events("room.went_live")) == 1
    if key is not None:
        again = await host.ask("room.go_live", key=key)
        assert (again["type"], again["duplicate"]) == ("ack", True)
    joined = await house.look()
    document = await house.store.load("demo")
    assert document is not None
    assert document.status is RoomStatus.LIVE
    assert joined["snapshot"]["room"]["status"] == "live"
    assert joined["snapshot"]["show"]["id"] == document.show.id  # type: ignore[union-attr] - it is live
    await house.close()


async def test_what_is_owed_is_told_before_anything_else_happens(clock: FakeClock) -> None:
    house = House(clock)
    await house.open(live=False)
    host = await house.enter("host", Role.HOST)
    house.faults.plan("publish", "raise", "raise")
    await host.ask("room.go_live")
    assert (await host.ask("comment.send", {"text": "we are live"}))["type"] == "ack"
    await house.wait(100)
    assert [event["kind"] for event in host.events()][-2:] == ["room.went_live", "comment.sent"]
    await house.close()


async def test_while_something_is_owed_commands_are_refused(house: House) -> None:
    host = await house.enter("host", Role.HOST)
    house.faults.plan("publish", "raise", "raise", "raise")
    await host.ask("room.end")
    refused = await host.ask("room.open")
    assert refused["error"]["code"] == "unavailable"
    assert (await host.ask("room.open"))["type"] == "ack"


@pytest.mark.parametrize("fault", UNSURE)
async def test_likes_whose_sum_was_not_answered_when_the_next_show_began_count_once(house: House, fault: str) -> None:
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    await house.wait(1_000)
    house.faults.plan("add", fault, fault)
    await viewer.ask("like.send", {"count": 3})
    await host.ask("room.end")
    await host.ask("room.go_live")
    await house.wait(3_000)
    counters = house.backplane._room("demo").counters
    assert sum(total for name, total in counters.items() if name.startswith("likes:")) == 3


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_store_that_does_not_answer_refuses_the_change_and_the_room_goes_on(house: House, fault: str) -> None:
    host = await house.enter("host", Role.HOST)
    house.faults.plan("save", fault)
    refused = await host.ask("room.update", {"title": "new"}, key="k")
    assert refused["error"]["code"] == "unavailable"
    assert (await host.ask("comment.send", {"text": "hi"}))["type"] == "ack"
    assert (await host.ask("room.update", {"title": "new"}, key="k"))["type"] == "ack"
    await house.wait(10)
    assert len(host.events("room.updated")) == 1


@pytest.mark.parametrize("fault", FAULTS)
async def test_cards_cues_and_entries_come_when_the_backplane_is_back(house: House, fault: str) -> None:
    host = await house.enter("host", Role.HOST)
    house.faults.plan("publish", fault)
    house.faults.plan("send_private", fault, fault)
    viewer = await house.enter("vip", level=40, bought=True)
    await house.wait(3_000)
    assert len(host.private("cue.shown")) == 1
    assert len(host.events("viewer.entered")) == 1
    assert [card["step"] for card in viewer.private("value_card.shown")] == [1]


async def test_a_ban_that_could_not_be_told_has_taken_effect_and_is_stored_to_be_told(house: House) -> None:
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    send = NodeNews(house.backplane)
    for command in ("user.ban", "user.unban"):
        house.store.told.clear()
        house.faults.plan("tell_nodes", "raise")
        assert (await host.ask(command, {"user_id": "ann"}))["type"] == "ack"
        told = [message for message in house.store.told if message.lane.lane == NODES]
        await send(ROOM, [OutboxRow(number, each.lane, each.payload) for number, each in enumerate(told)])
        await house.settle()
        if command == "user.ban":
            assert viewer.hear()[-1] | {"message": ""} == {
                "type": "left",
                "room": ROOM,
                "code": "banned",
                "message": "",
            }
    assert (await viewer.join()).get("recovered") is False


@pytest.mark.parametrize("fault", FAULTS)
async def test_bans_that_could_not_be_read_are_read_again(
    house: House, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr("liveroom.rooms.open_rooms.BANS_S", 0.02)
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    house.faults.plan("bans", fault)
    assert (await host.ask("user.ban", {"user_id": "ann"}))["type"] == "ack"
    await house.wait(1_100)
    assert viewer.hear()[-1]["type"] == "left"


async def test_a_long_outage_is_not_hammered(house: House) -> None:
    line = await house.enter("ann")
    house.faults.plan("add", *["raise"] * 100)
    await line.ask("like.send", {"count": 1})
    house.faults.calls.clear()
    await house.wait(10_000)
    assert house.faults.calls.count("add") <= 21, "each half second"


@pytest.mark.parametrize("fault", UNSURE)
async def test_a_comment_sampled_out_counts_once_when_it_comes_again(clock: FakeClock, fault: str) -> None:
    house = House(clock, RoomSettings(comments_per_s=1))
    await house.open()
    ann, bob = await house.enter("ann"), await house.enter("bob")
    for text in ("one", "two"):
        await ann.ask("comment.send", {"text": text})
    shed = sum(bool(frame["data"].get("shed")) for frame in ann.hear() if "comment_id" in frame.get("data", {}))
    house.faults.plan("publish", fault)
    assert (await bob.ask("comment.send", {"text": "three"}, key="k"))["type"] == "error"
    assert (await bob.ask("comment.send", {"text": "three"}, key="k"))["data"]["shed"] is True
    await house.wait(1_500)
    assert ann.latest("comments_shed")[-1] == {"total": shed + 1}
    await house.close()


@pytest.mark.parametrize("fault", UNSURE)
@pytest.mark.parametrize("call", ["publish", "tell_nodes"])
@pytest.mark.parametrize("key", [None, "k"], ids=["without a key", "with a key"])
async def test_bans_that_are_stored_are_acked_and_a_repeat_finds_the_answer(
    house: House, call: str, fault: str, key: str | None
) -> None:
    host, mod = await house.enter("host", Role.HOST), await house.enter("mod", Role.MODERATOR)
    for command in ("user.ban", "user.unban"):
        house.faults.plan(call, fault)
        said = mod.say("comment.send", {"text": "hi"}, key=command)
        number = host.say(command, {"user_id": "ann"}, key=key and f"{key} {command}")
        await house.settle()
        assert mod.answer(said)["type"] == ("error" if call == "publish" or "hang" in fault else "ack")
        assert host.answer(number)["type"] == "ack"
        await house.wait(1_000)
        if key is not None:
            again = await host.ask(command, {"user_id": "ann"}, key=f"{key} {command}")
            assert (again["type"], again["duplicate"]) == ("ack", True)
        assert ("ann" in await house.store.bans(ROOM)) == (command == "user.ban")
