"""A crowded room gathers commands between its turns; a small one does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from liveroom.realtime.identity import Role
from liveroom.realtime.tick import STRAINED
from liveroom.rooms.actor import RoomActor
from liveroom.rooms.pipeline import Pipeline
from liveroom.rooms.requests import Request
from liveroom.rooms.rest import MAX_S, MIN_S, RESTS_PER_TICK, SPARE, TURNS_EARLY, Rest
from tests.rooms_service.house import ROOM, House

REST_MS = MAX_S * 1000


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many commands each batch had."""
    sizes: list[int] = []
    run = Pipeline.run

    async def note(pipeline: Pipeline, batch: Sequence[Request]) -> None:
        if batch:
            sizes.append(len(batch))
        await run(pipeline, batch)

    monkeypatch.setattr(Pipeline, "run", note)
    return sizes


def crowd(house: House, monkeypatch: pytest.MonkeyPatch, *, tick_s: float, flush_wait_s: float) -> RoomActor:
    """The room as if many were in it."""
    actor = house.service.open_rooms.get(ROOM)
    assert actor is not None
    monkeypatch.setattr(actor.room.fanout.rhythm, "tick_s", tick_s)
    monkeypatch.setattr(actor.room.fanout, "flush_wait_s", lambda: flush_wait_s)
    return actor


async def turn_loop() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_comes_while_a_crowded_room_rests_is_one_batch(
    house: House, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    host = await house.enter("host", Role.HOST)
    crowd(house, monkeypatch, tick_s=RESTS_PER_TICK * MAX_S, flush_wait_s=1.0)
    first = host.say("comment.send", {"text": "one"})
    await turn_loop()
    assert host.answer(first)["type"] == "ack", "the first does not wait"
    others = []
    for text in ("two", "three"):
        others.append(host.say("comment.send", {"text": text}))
        house.clock.advance(REST_MS / 2 - 0.1)
        await turn_loop()
    assert batches == [1]
    house.clock.advance(0.2)
    await turn_loop()
    assert batches == [1, 2]
    assert [host.answer(number)["type"] for number in others] == ["ack", "ack"]
    house.clock.advance(REST_MS)
    await house.settle()


async def test_a_rest_is_over_before_the_flush_that_waits(
    house: House, batches: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes in it goes with this flush, not with the next."""
    host = await house.enter("host", Role.HOST)
    crowd(house, monkeypatch, tick_s=1.0, flush_wait_s=3 * MIN_S)
    for text in ("one", "two"):
        host.say("comment.send", {"text": text})
        await turn_loop()
    house.clock.advance(2000 * MIN_S - 0.1)
    await turn_loop()
    assert batches == [1]
    house.clock.advance(0.2)
    await turn_loop()
    assert batches == [1, 1]
    house.clock.advance(REST_MS)
    await house.settle()


@pytest.mark.parametrize(
    ("tick_s", "flush_wait_s"), [(RESTS_PER_TICK * MIN_S * 0.99, 1.0), (1.0, 0.0), (1.0, MIN_S * 1.99)]
)
async def test_a_room_does_not_rest_with_a_short_tick_or_close_to_a_flush(
    house: House, batches: list[int], monkeypatch: pytest.MonkeyPatch, tick_s: float, flush_wait_s: float
) -> None:
    host = await house.enter("host", Role.HOST)
    crowd(house, monkeypatch, tick_s=tick_s, flush_wait_s=flush_wait_s)
    for text in ("one", "two"):
        number = host.say("comment.send", {"text": text})
        await turn_loop()
        assert host.answer(number)["type"] == "ack"
    assert batches == [1, 1]


def rest_in(house: House, monkeypatch: pytest.MonkeyPatch, load: float, *, is_shared: bool) -> Rest:
    actor = crowd(house, monkeypatch, tick_s=1.0, flush_wait_s=0.015)
    monkeypatch.setattr(actor.room.fanout.rhythm, "load", load)
    return Rest(actor.room.fanout, is_shared=is_shared)


async def test_a_room_is_back_before_the_flush_by_what_a_turn_takes(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = rest_in(house, monkeypatch, 0.0, is_shared=False)
    assert rest.length_s() == pytest.approx(0.015 - MIN_S)
    for _ in range(100):
        rest.note_turn(0.004)
    assert rest.length_s() == pytest.approx(0.015 - TURNS_EARLY * 0.004, rel=1e-3)
    for _ in range(100):
        rest.note_turn(0.010)
    assert rest.length_s() == 0


@pytest.mark.parametrize(
    ("load", "share"),
    [(0.0, 0.0), (SPARE, 0.0), ((SPARE + STRAINED) / 2, 0.5), (STRAINED, 1.0), (1.5, 1.0)],
)
async def test_beside_other_nodes_a_room_rests_as_far_as_its_process_is_short_of_cpu(
    house: House, monkeypatch: pytest.MonkeyPatch, load: float, share: float
) -> None:
    """Their viewers would wait for it: they are flushed at other times."""
    rest = rest_in(house, monkeypatch, load, is_shared=True)
    assert rest.length_s() == pytest.approx(min(share * MAX_S, 0.015 - MIN_S))


async def test_a_rest_ends_when_the_room_is_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    host = await house.enter("host", Role.HOST)
    actor = crowd(house, monkeypatch, tick_s=1.0, flush_wait_s=1.0)
    host.say("comment.send", {"text": "one"})
    await turn_loop()
    async with asyncio.timeout(60):
        await actor.stop()
