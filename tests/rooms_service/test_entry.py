"""The first seconds of a visit: welcome, cue, effect and value card, once, privately, and on time (L6-L8)."""

from __future__ import annotations

from liveroom.realtime.identity import Role
from tests.rooms_service.house import House

GAP_MS = 300_000
LEAVE_MS = 12_000


async def test_who_comes_is_welcomed_by_name_after_the_answer_and_nobody_else_hears_it(house: House) -> None:
    other = await house.enter("other")
    viewer = await house.enter("ann")
    assert viewer.private("welcome.shown") == [
        {"text": "two Ann", "returning": False, "first_visit": True, "reasons": ["default"]}
    ]
    kinds = [frame["type"] for frame in viewer.hear()]
    assert kinds.index("ack") < kinds.index("private")
    assert len(other.private("welcome.shown")) == 1


async def test_a_reconnect_a_second_device_and_a_repair_are_no_new_visit(house: House) -> None:
    first = await house.enter("ann")
    second = await house.enter("ann")
    await second.join()
    first.hang_up()
    second.hang_up()
    await house.wait(GAP_MS - 1_000, step_ms=5_000)
    third = await house.enter("ann")
    assert [len(line.private("welcome.shown")) for line in (first, second, third)] == [1, 0, 0]


async def test_after_the_gap_somebody_is_welcomed_again_as_returning(house: House) -> None:
    (await house.enter("ann")).hang_up()
    await house.wait(GAP_MS + 1_000, step_ms=1_000)
    again = await house.enter("ann")
    [welcome] = again.private("welcome.shown")
    assert (welcome["returning"], welcome["first_visit"], welcome["days_away"]) == (True, False, 0)
    joined = await again.join()
    assert joined["me"]["visit"] == {"number": 2, "first": False}


async def test_a_visit_that_is_over_and_not_yet_stored_is_known_all_the_same(house: House) -> None:
    (await house.enter("ann")).hang_up()
    house.faults.plan("remember_visits", *["raise"] * 1_000)
    await house.wait(GAP_MS + 1_000, step_ms=1_000)
    again = await house.enter("ann")
    assert again.private("welcome.shown")[0]["returning"] is True


async def test_the_cue_is_for_the_staff_of_the_room_alone(house: House) -> None:
    host, moderator = await house.enter("host", Role.HOST), await house.enter("mod", Role.MODERATOR)
    viewer = await house.enter("ann", bought=True)
    for staff in (host, moderator):
        [cue] = staff.private("cue.shown")
        assert (cue["line"], cue["reasons"], cue["user"]["id"]) == ("heavy Ann", ["heavy"], "ann")
    assert viewer.private("cue.shown") == []


async def test_everybody_sees_the_entry_of_a_vip_and_nobody_that_of_others(house: House) -> None:
    viewer = await house.enter("ann")
    await house.enter("bob", level=5)
    await house.enter("vip", level=40)
    await house.wait(5)
    [entered] = viewer.events("viewer.entered")
    assert entered["data"] == {"user": {"id": "vip", "name": "Vip", "level": 40}, "effect": "comet"}


async def test_a_quiet_viewer_gets_the_card_when_it_is_due(house: House) -> None:
    viewer = await house.enter("ann")
    await house.wait(950)
    assert viewer.private("value_card.shown") == []
    await house.wait(50)
    [card] = viewer.private("value_card.shown")
    assert (card["step"], card["kind"]) == (1, "benefit")
    await house.wait(5_000)
    assert len(viewer.private("value_card.shown")) == 1
    assert house.measured.cards_s == [1.0]


async def test_who_acts_before_gets_the_next_step_at_once_and_not_the_first_later(house: House) -> None:
    viewer = await house.enter("ann")
    await house.wait(300)
    await viewer.ask("comment.send", {"text": "hi"})
    assert [card["step"] for card in viewer.private("value_card.shown")] == [2]
    await house.wait(2_000)
    assert [card["step"] for card in viewer.private("value_card.shown")] == [2]
    assert house.measured.cards_s == [0.3]


async def test_a_tap_leads_on_once_however_often_it_comes(house: House) -> None:
    viewer = await house.enter("ann")
    await house.wait(1_000)
    [card] = viewer.private("value_card.shown")
    tap = {"card_id": card["card_id"], "step": 1}
    assert [(await viewer.ask("value_card.act", tap))["type"] for _ in range(3)] == ["ack"] * 3
    assert [card["step"] for card in viewer.private("value_card.shown")] == [1, 2]
    refused = await viewer.ask("value_card.act", {"card_id": "card_of_another", "step": 1})
    assert refused["error"]["code"] == "not_found"


async def test_a_line_that_is_cut_when_the_card_is_due_does_not_cost_the_card(house: House) -> None:
    viewer = await house.enter("ann")
    await house.wait(900)
    viewer.hang_up()
    await house.wait(1_000)
    back = await house.enter("ann")
    await house.wait(100)
    assert [card["step"] for card in back.private("value_card.shown")] == [1]


async def test_welcome_and_card_are_in_me_of_whoever_comes_back(house: House) -> None:
    viewer = await house.enter("ann")
    await house.wait(1_000)
    viewer.hang_up()
    back = await house.line("ann")
    me = (await back.join())["me"]
    assert me["welcome"] == viewer.private("welcome.shown")[0]
    assert me["value_card"] == viewer.private("value_card.shown")[0]
    assert me["user"] == {"id": "ann", "name": "Ann", "role": "viewer"}
    assert me["visit"] == {"number": 1, "first": True}


async def test_leaving_for_good_within_three_seconds_without_a_word_is_a_bounce(house: House) -> None:
    for user_id, stay_ms, speaks in (("gone", 2_950, False), ("stayed", 3_050, False), ("spoke", 1_000, True)):
        viewer = await house.enter(user_id)
        if speaks:
            await viewer.ask("comment.send", {"text": "hi"})
        await house.wait(stay_ms)
        viewer.hang_up()
    await house.wait(LEAVE_MS + 1_000, step_ms=500)
    assert house.measured.bounces == 0, "they could still come back"
    await house.wait(GAP_MS, step_ms=1_000)
    assert house.measured.bounces == 1


async def test_who_comes_back_within_the_gap_and_stays_has_not_bounced(house: House) -> None:
    (await house.enter("ann")).hang_up()
    await house.wait(60_000, step_ms=1_000)
    back = await house.enter("ann")
    await house.wait(10_000, step_ms=500)
    back.hang_up()
    await house.wait(GAP_MS + 1_000, step_ms=5_000)
    assert house.measured.bounces == 0


async def test_who_comes_and_goes_all_day_costs_a_few_entries(house: House) -> None:
    for _ in range(200):
        (await house.enter("ann")).hang_up()
        await house.wait(200)
    attendance = (await house.service.room("demo")).attendance
    assert len(attendance._due) <= 6
