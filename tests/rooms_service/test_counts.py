"""Absolute values: likes, audience and comments left out are right, calm, and those of the show that runs."""

from __future__ import annotations

from liveroom.realtime.identity import Role
from liveroom.rooms.messages.room import RoomSettings
from tests.rooms_service.house import House
from tests.support.clock import FakeClock

LEAVE_MS = 12_000


async def test_people_are_counted_not_sockets_and_staff_is_no_audience(house: House) -> None:
    first = await house.enter("ann")
    await house.enter("ann")
    await house.enter("bob")
    await house.enter("host", Role.HOST)
    await house.wait(2_200)
    counted = first.latest("audience")[-1]
    assert (counted["viewers"], counted["joined"], counted["peak"]) == (2, 2, 2)


async def test_a_leave_is_counted_after_its_delay_and_a_reconnect_makes_no_noise(house: House) -> None:
    first, second, cut = [await house.enter(name) for name in ("ann", "bob", "cut")]
    await house.wait(3_000)
    told = len(first.latest("audience"))
    second.hang_up()
    cut.hang_up()
    await house.wait(5_000)
    await house.enter("cut")
    await house.wait(LEAVE_MS - 5_100)
    assert len(first.latest("audience")) == told
    await house.wait(2_000)
    counted = first.latest("audience")[-1]
    assert (counted["viewers"], counted["joined"], counted["peak"]) == (2, 3, 3)


async def test_the_audience_is_told_at_most_once_a_second_with_names_of_those_who_just_came(house: House) -> None:
    first = await house.enter("ann")
    await house.wait(3_000)
    told = len(first.latest("audience"))
    for number in range(30):
        await house.enter(f"u{number}")
        await house.wait(100)
    await house.wait(1_300)
    told = len(first.latest("audience")) - told
    assert 3 <= told <= 5
    names = {joiner["name"] for counted in first.latest("audience") for joiner in counted.get("sample", [])}
    assert len(names) > 5


async def test_viewers_of_a_node_that_died_are_counted_no_longer_though_nobody_comes_or_goes(house: House) -> None:
    """Also where only the host is left to see it."""
    house.backplane.elsewhere = 5
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    await house.wait(3_000)
    assert viewer.latest("audience")[-1]["viewers"] == 6
    house.backplane.elsewhere = 0
    await house.wait(10_000)
    assert viewer.latest("audience")[-1]["viewers"] == 1
    told = len(viewer.latest("audience"))
    await house.wait(30_000, step_ms=500)
    assert len(viewer.latest("audience")) == told, "what has not changed is not told again"
    house.backplane.elsewhere = 3
    viewer.hang_up()
    await house.wait(25_000, step_ms=500)
    assert host.latest("audience")[-1]["viewers"] == 3
    house.backplane.elsewhere = 0
    await house.wait(10_000)
    assert host.latest("audience")[-1]["viewers"] == 0


async def test_what_cannot_be_looked_up_now_is_looked_up_in_its_turn(house: House) -> None:
    viewer = await house.enter("ann")
    await house.wait(3_000)
    house.backplane.elsewhere = 2
    house.faults.plan("report_viewers", "raise")
    await house.wait(9_000)
    calls = house.faults.calls.count("report_viewers")
    await house.wait(11_000)
    assert house.faults.calls.count("report_viewers") - calls <= 2
    assert viewer.latest("audience")[-1]["viewers"] == 3


async def test_likes_are_told_in_sums_and_each_milestone_once(house: House) -> None:
    people = [await house.enter(f"u{number}") for number in range(11)]
    for line in people[:10]:
        await line.ask("like.send", {"count": 50})
        await house.wait(20)
    await house.wait(600)
    totals = [told["total"] for told in people[0].latest("likes")]
    assert totals[-1] == 500
    assert totals == sorted(set(totals)), "never twice and never back"
    assert len(totals) <= 5
    reached = [event["data"]["total"] for event in people[0].events("like.milestone_reached")]
    assert reached == [100, 200, 500]
    await people[10].ask("like.send", {"count": 1})
    await house.wait(600)
    assert len(people[0].events("like.milestone_reached")) == 3


async def test_a_new_show_counts_from_zero(house: House) -> None:
    host, first, second = await house.enter("host", Role.HOST), await house.enter("ann"), await house.enter("bob")
    for line in (first, second):
        await line.ask("like.send", {"count": 50})
        await line.ask("comment.send", {"text": "hi"})
    await house.wait(2_500)
    await host.ask("room.end")
    await host.ask("room.open")
    second.hang_up()
    await house.wait(LEAVE_MS + 2_000, step_ms=200)
    await host.ask("room.go_live")
    await house.wait(2_500)
    assert first.latest("likes")[-1] == {"total": 0}
    counted = first.latest("audience")[-1]
    assert (counted["viewers"], counted["joined"], counted["peak"]) == (1, 1, 1), "who waits is the first audience"
    await first.ask("like.send", {"count": 3})
    await first.ask("comment.send", {"text": "again"})
    await host.ask("room.end")
    await house.wait(1_500)
    shows = [event["data"]["stats"] for event in first.events("room.ended")]
    assert shows == [
        {"viewers": 2, "comments": 2, "likes": 100, "peak_viewers": 2},
        {"viewers": 1, "comments": 1, "likes": 3, "peak_viewers": 1},
    ]


async def test_shows_that_begin_in_the_same_moment_do_not_mix(house: House) -> None:
    host, viewer = await house.enter("host", Role.HOST), await house.enter("ann")
    await house.wait(2_000)
    for _ in range(3):
        await viewer.ask("like.send", {"count": 3})
        await host.ask("room.end")
        await host.ask("room.go_live")
    await viewer.ask("like.send", {"count": 4})
    await house.wait(2_000)
    assert viewer.latest("likes")[-1]["total"] in (4, 7), "taps of the last moment may count for either show"
    counters = house.backplane._room("demo").counters
    assert sum(total for name, total in counters.items() if name.startswith("likes:")) == 13


async def test_a_question_that_could_not_be_told_is_one_still_when_it_comes_again(clock: FakeClock) -> None:
    house = House(clock, RoomSettings(comments_per_s=1))
    await house.open()
    ann, host = await house.enter("ann"), await house.enter("host", Role.HOST)
    asked = {"text": "how much is it?"}
    house.faults.plan("publish", "raise")
    assert (await ann.ask("comment.send", asked, key="k"))["type"] == "error"
    await house.wait(6_000)
    bob = await house.enter("bob")
    shed = [(await bob.ask("comment.send", {"text": f"haha {at}"}))["data"].get("shed", False) for at in range(3)]
    assert shed[-1], "what is readable is used up; a question has its share"
    assert (await ann.ask("comment.send", asked, key="k"))["data"].get("shed") is not True
    await house.wait(100)
    assert [event["data"]["text"] for event in host.events("comment.sent")][-1] == "how much is it?"
    await house.close()


async def test_comments_left_out_under_a_flood_are_told_and_questions_are_not_among_them(clock: FakeClock) -> None:
    house = House(clock, RoomSettings(comments_per_s=10))
    await house.open()
    lines = [await house.enter(f"u{number}") for number in range(40)]
    numbers = [
        line.say("comment.send", {"text": "how much is it?" if at % 10 == 0 else f"haha {at}"})
        for at, line in enumerate(lines)
    ]
    await house.wait(1_500)
    acks = [line.answer(number)["data"] for line, number in zip(lines, numbers, strict=True)]
    shed = [at for at, ack in enumerate(acks) if ack.get("shed")]
    said = [event["data"]["id"] for event in lines[0].events("comment.sent")]
    assert said == [ack["comment_id"] for at, ack in enumerate(acks) if at not in shed]
    assert len(shed) > 20
    assert not [at for at in shed if at % 10 == 0]
    assert lines[0].latest("comments_shed") == [{"total": len(shed)}]
    await house.close()


async def test_a_flood_of_question_marks_does_not_go_around_the_sampling(clock: FakeClock) -> None:
    """Neither that of many nor that of one, whose second question within ten seconds is a comment like others."""
    house = House(clock, RoomSettings(comments_per_s=10))
    await house.open()
    lines = [await house.enter(f"u{number}") for number in range(40)]
    numbers = [line.say("comment.send", {"text": "?"}) for line in lines]
    await house.settle()
    shown = [not line.answer(number)["data"].get("shed") for line, number in zip(lines, numbers, strict=True)]
    assert sum(shown) == 14 + 4
    await house.wait(5_000)
    first = await lines[0].ask("comment.send", {"text": "really?"})
    for at in range(20, 39):
        await lines[at].ask("comment.send", {"text": f"haha {at}"})
    again = await lines[0].ask("comment.send", {"text": "why?"})
    other = await lines[39].ask("comment.send", {"text": "why?"})
    assert [answer["data"].get("shed", False) for answer in (first, again, other)] == [False, True, False]
    await house.close()


async def test_totals_are_in_every_join(house: House) -> None:
    line = await house.enter("ann")
    await line.ask("like.send", {"count": 9})
    await house.wait(2_000)
    totals = (await house.look())["totals"]
    assert totals["likes"] == {"total": 9}
    assert totals["audience"]["viewers"] == 1
