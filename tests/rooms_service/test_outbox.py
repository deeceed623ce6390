"""What a room has to send and to keep stands in nobody's way, and nothing of it is lost or doubled."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.backplane.base import Target
from liveroom.rooms import actor as actor_module
from liveroom.rooms import outbox_sender, visit_writer
from liveroom.rooms import pipeline as pipeline_module
from liveroom.rooms.messages.welcome import CardKind, ValueCardShown
from liveroom.rooms.storage import endings
from tests.rooms_service.house import PATIENCE_S, House
from tests.rooms_service.line import Line

FAULTS = ("raise", "hang")


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is given up soon; the real limit is in seconds."""
    for module in (pipeline_module, actor_module):
        monkeypatch.setattr(module, "STEP_S", 0.02)
    monkeypatch.setattr(visit_writer, "WRITE_S", 0.02)


def card(step: int) -> ValueCardShown:
    """A step of somebody's card."""
    return ValueCardShown(card_id="card_1", step=step, kind=CardKind.BENEFIT, title="t", body="b")


def steps(line: Line) -> list[int]:
    """What somebody was shown of that card."""
    return [shown["step"] for shown in line.private("value_card.shown") if shown["card_id"] == "card_1"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_visits_are_remembered_when_the_store_is_back(house: House, fault: str) -> None:
    (await house.enter("ann")).hang_up()
    house.faults.plan("remember_visits", fault, fault)
    await house.wait(302_000, step_ms=2_000)
    async with asyncio.timeout(PATIENCE_S):
        while (past := await house.store.past_visits("demo", "ann")) is None:
            await asyncio.sleep(visit_writer.WRITE_S)  # on this loop it takes no time: what hangs is given up
            await house.wait(100)
    assert past.visits == 1
    assert house.faults.calls.count("remember_visits") == 3


@pytest.mark.parametrize("fault", FAULTS)
async def test_commands_and_totals_do_not_wait_for_a_store_that_refuses_visits(
    house: House, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(visit_writer, "WRITE_S", 3_600)
    monkeypatch.setattr(endings, "END_S", 0.02)
    (await house.enter("ann")).hang_up()
    line = await house.enter("bob")
    house.faults.plan("remember_visits", *[fault] * 1_000)
    await house.wait(302_000, step_ms=2_000)
    assert "remember_visits" in house.faults.calls, "the store is asked, and refuses or hangs"
    for count in range(1, 4):
        assert (await line.ask("like.send", {"count": 1}))["type"] == "ack"
        await house.enter(f"late{count}")
        await house.wait(1_000)
        assert line.latest("likes")[-1] == {"total": count}
        assert line.latest("audience")[-1]["viewers"] == 1 + count


async def test_a_store_that_refuses_visits_is_not_hammered(house: House) -> None:
    (await house.enter("ann")).hang_up()
    house.faults.plan("remember_visits", *["raise"] * 1_000)
    await house.wait(300_000, step_ms=2_000)
    house.faults.calls.clear()
    await house.wait(10_000)
    assert 1 <= house.faults.calls.count("remember_visits") <= 10 / visit_writer.PAUSE_S + 1


async def test_many_visits_are_written_in_pieces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit_writer, "PIECE", 2)
    for number in range(5):
        (await house.enter(f"u{number}")).hang_up()
    await house.wait(310_000, step_ms=2_000)
    assert house.faults.calls.count("remember_visits") == 3
    for number in range(5):
        assert await house.store.past_visits("demo", f"u{number}") is not None


@pytest.mark.parametrize("fault", FAULTS)
async def test_totals_are_told_though_private_events_cannot_be_sent(house: House, fault: str) -> None:
    line = await house.enter("ann")
    await house.wait(1_000)
    house.faults.plan("send_private", *[fault] * 1_000)
    room = await house.service.room("demo")
    room.card_events("ann", [card(1)])
    await line.ask("like.send", {"count": 7})
    await house.wait(400)
    assert line.latest("likes")[-1] == {"total": 7}


async def test_private_events_are_sent_together_and_in_order_for_each(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one, thousands of cards would hold up the room for as many ways to the backplane."""
    monkeypatch.setattr(outbox_sender, "PIECE", 4)
    lines = [await house.enter(f"u{number}") for number in range(3)]
    together = most = 0
    send = house.backplane.send_private

    async def slowly(room: str | None, target: Target, payload: bytes) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0)
        together -= 1
        await send(room, target, payload)

    monkeypatch.setattr(house.backplane, "send_private", slowly)
    house.faults.plan("send_private", "raise")
    room = await house.service.room("demo")
    for step in (1, 2, 3):
        room.card_events("u0", [card(step)])
    for number in (1, 2):
        room.card_events(f"u{number}", [card(1)])
    await lines[0].ask("comment.send", {"text": "hi"})
    await house.wait(1_000)
    assert most == 2, "two targets in the first piece of four"
    assert [steps(line) for line in lines] == [[1, 2, 3], [1], [1]]
