"""Joining: the snapshot belongs to its position, is made once for many, and who may not come in is told why."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson
import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms import room as room_module
from liveroom.rooms.attendance import GRID_MS
from liveroom.rooms.messages.room import RoomSettings
from liveroom.rooms.pipeline import Pipeline
from liveroom.rooms.requests import Request
from tests.rooms_service.house import ROOM, House
from tests.support.clock import FakeClock


async def test_a_snapshot_holds_what_is_published_and_not_yet_flushed_and_nothing_comes_twice(house: House) -> None:
    host = await house.enter("host", Role.HOST)
    await host.ask("comment.send", {"text": "one"})
    # The room has just been flushed, so these two wait for its tick.
    await host.ask("comment.send", {"text": "two"})
    await host.ask("comment.send", {"text": "three"})
    line = await house.line("ann")
    joined = await line.join()
    await host.ask("comment.send", {"text": "four"})
    await house.wait(200)
    comments = joined["snapshot"]["comments"]
    assert [(each["data"]["text"], each["seq"]) for each in comments][-1] == ("three", joined["seq"])
    assert [event["data"]["text"] for event in line.events("comment.sent")] == ["four"]
    assert line.events()[0]["seq"] == joined["seq"] + 1


async def test_who_comes_late_gets_the_last_comments_and_no_more(clock: FakeClock) -> None:
    house = House(clock, RoomSettings(history=3))
    await house.open()
    host = await house.enter("host", Role.HOST)
    for number in range(5):
        await host.ask("comment.send", {"text": f"{number}"})
    comments = (await house.look())["snapshot"]["comments"]
    assert [comment["data"]["text"] for comment in comments] == ["2", "3", "4"]
    await house.close()


async def test_a_position_in_the_ring_is_recovered_without_a_snapshot(house: House) -> None:
    host, line = await house.enter("host", Role.HOST), await house.line("ann")
    first = await line.join()
    line.hang_up()
    for text in ("one", "two"):
        await host.ask("comment.send", {"text": text})
    back = await house.line("ann")
    joined = await back.join({"epoch": first["epoch"], "seq": first["seq"]})
    assert joined["recovered"] is True
    assert "snapshot" not in joined
    assert [event["data"]["text"] for event in joined["events"]] == ["one", "two"]
    assert joined["seq"] == first["seq"] + 2
    await house.wait(100)
    assert back.events() == [], "what was recovered is not told again"


@pytest.mark.parametrize("position", [{"epoch": "another", "seq": 1}, {"seq": 10**6}])
async def test_a_position_that_is_not_in_the_ring_gets_a_snapshot(house: House, position: dict[str, object]) -> None:
    line = await house.line("ann")
    first = await line.join()
    joined = await line.join({"epoch": first["epoch"]} | position)
    assert joined["recovered"] is False
    assert joined["snapshot"] == first["snapshot"]


async def test_the_welcome_follows_the_answer_in_the_same_write(house: House) -> None:
    line = await house.line("ann")
    line.hear()
    line.say("room.join")
    await house.settle()
    assert len(line.writes) == 1
    assert [frame["type"] for frame in line.hear()][-2:] == ["ack", "private"]
    assert len(line.private("welcome.shown")) == 1


async def test_who_comes_and_goes_costs_no_turn_of_the_room_before_something_is_due(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand may come within a second; the counts are told once in it, the cards of many at once."""
    turns = 0
    run = Pipeline.run

    async def count(pipeline: Pipeline, batch: Sequence[Request]) -> None:
        nonlocal turns
        turns += 1
        await run(pipeline, batch)

    await house.enter("first")
    await house.wait(10)
    monkeypatch.setattr(Pipeline, "run", count)
    lines = [await house.enter(f"u{number}") for number in range(20)]
    for line in lines[10:]:
        line.hang_up()
    await house.settle()
    assert turns == 0
    await house.wait(1_300)
    assert lines[0].latest("audience")[-1]["viewers"] == 21
    assert turns <= 2


async def test_what_is_due_for_many_within_a_moment_is_done_in_one_turn(house: House) -> None:
    lines = []
    for number in range(3):
        lines.append(await house.enter(f"u{number}"))
        await house.wait(3)
    actor = house.service.open_rooms.get(ROOM)
    assert actor is not None
    attendance = actor.room.attendance
    dues = {attendance.viewers[f"u{number}"].due_at_ms for number in range(3)}
    assert len(dues) <= 2
    assert all(due is not None and due % GRID_MS == 0 for due in dues)
    await house.wait(5_000)
    assert all(line.private("value_card.shown") for line in lines)


async def test_a_storm_of_joins_shares_one_encoded_snapshot(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = 0
    dumps = orjson.dumps

    def count(value: object) -> bytes:
        nonlocal made
        made += isinstance(value, dict) and "comments" in value
        return dumps(value)

    monkeypatch.setattr(room_module.orjson, "dumps", count)
    lines = [await house.line(f"u{number}") for number in range(50)]
    joined = await asyncio.gather(*(line.join() for line in lines))
    assert made == 1
    assert len({orjson.dumps(each["snapshot"]) for each in joined}) == 1
    host = await house.enter("host", Role.HOST)
    await host.ask("comment.send", {"text": "new"})
    again = await lines[0].join()
    assert again["snapshot"]["comments"][-1]["data"]["text"] == "new"


async def test_an_answer_quotes_a_comment_and_names_who_is_here(house: House) -> None:
    ann, bob = await house.enter("ann"), await house.enter("bob")
    first = await ann.ask("comment.send", {"text": "is it\n\nwarm?"})
    said = {"text": "yes", "reply_to": first["data"]["comment_id"], "mentions": ["ann", "nobody", "ann"]}
    await bob.ask("comment.send", said)
    await house.wait(10)
    data = ann.events("comment.sent")[-1]["data"]
    assert data["reply_to"]["id"] == first["data"]["comment_id"]
    assert data["reply_to"]["name"] == "Ann"
    assert "\n" not in data["reply_to"]["text"]
    assert data["mentions"] == [{"id": "ann", "name": "Ann"}]


async def test_a_ban_cuts_every_line_of_the_user_keeps_them_out_and_ends(house: House) -> None:
    moderator = await house.enter("mod", Role.MODERATOR)
    first, second, other = await house.enter("ann"), await house.enter("ann"), await house.enter("bob")
    assert (await moderator.ask("user.ban", {"user_id": "ann", "seconds": 60}))["type"] == "ack"
    for line in (first, second):
        left = line.hear()[-1]
        assert (left["type"], left["code"]) == ("left", "banned")
    await moderator.ask("comment.send", {"text": "order"})
    await house.wait(100)
    assert first.events("comment.sent") == []
    assert len(other.events("comment.sent")) == 1
    assert (await first.join())["error"]["code"] == "banned"
    for line in (first, second, other, moderator):
        line.hang_up()
    await house.wait(60_000, step_ms=1_000)
    assert (await (await house.line("ann")).join())["recovered"] is False


async def test_a_ban_takes_the_rank_into_account(house: House) -> None:
    await house.enter("host", Role.HOST)
    moderator = await house.enter("mod", Role.MODERATOR)
    for target in ("host", "mod"):
        answer = await moderator.ask("user.ban", {"user_id": target})
        assert answer["error"]["code"] == "forbidden"


async def test_a_guest_is_let_in_only_where_guests_are_wanted(clock: FakeClock) -> None:
    house = House(clock, RoomSettings(guests=False))
    await house.open()
    guest = await house.line("g", Role.GUEST)
    assert (await guest.join())["error"]["code"] == "guests_not_allowed"
    assert (await house.look())["recovered"] is False
    await house.close()


async def test_a_room_that_does_not_exist_is_not_made(house: House) -> None:
    line = await house.line("ann")
    assert (await line.join(room="nowhere"))["error"]["code"] == "room_not_found"
    assert house.hub.get("nowhere") is None


async def test_a_new_title_is_in_the_next_snapshot_and_told_to_those_here(house: House) -> None:
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    await host.ask("room.update", {"title": " new  title "})
    await host.ask("room.update", {"title": "new title"})
    await house.wait(10)
    assert [event["data"] for event in viewer.events("room.updated")] == [{"title": "new title"}]
    assert (await house.look())["snapshot"]["room"]["title"] == "new title"


async def test_a_document_that_another_node_changed_meanwhile_is_taken_over(house: House) -> None:
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    document = (await house.service.room("demo")).document
    other = type(document)(**{name: getattr(document, name) for name in document.__slots__} | {"version": 9})
    assert await house.store.save(other, document.version)
    assert (await host.ask("room.update", {"title": "mine"}))["type"] == "ack"
    await house.wait(10)
    assert len(viewer.events("room.updated")) == 1
    stored = await house.store.load("demo")
    assert stored is not None
    assert (stored.title, stored.version) == ("mine", 10)
