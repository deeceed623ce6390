"""Machines kept as documents: no change is lost or told twice, and what is due happens once, whoever dies."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from liveroom.realtime.backplane.base import Target
from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.errors import DocumentUnreadable, Refusal
from liveroom.rooms.machines import Elapse, Step, keeper
from liveroom.rooms.machines.contract import ForServers
from liveroom.rooms.storage.documents import Document
from liveroom.rooms.webhook_events import webhook_message
from tests.storage.fuses import ANN, BURN_MS, FUSE, Fuse, House, apply, process
from tests.support.clock import FakeClock


@pytest.fixture
async def house(url: str, clock: FakeClock) -> AsyncIterator[House]:
    async with process(url, clock) as house:
        await house.keeper.create(FUSE, "f1", "r1", ANN)
        yield house


async def test_commands_of_one_moment_take_effect_one_after_the_other(house: House) -> None:
    await asyncio.gather(*(house.light() for _ in range(20)))
    assert await house.told(20) == list(range(1, 21))
    state = await house.keeper.load(FUSE, "f1")
    assert state is not None
    assert state.lit == 20


async def test_two_processes_lose_nothing_of_each_other(house: House, url: str, clock: FakeClock) -> None:
    async with process(url, clock) as other:
        await asyncio.gather(*(each.light() for each in [house, other] * 5))
        assert (await other.keeper.load(FUSE, "f1")) == await house.keeper.load(FUSE, "f1")
        assert (await house.light()).lit == 11


async def test_a_change_is_kept_with_who_made_it(house: House) -> None:
    await house.light()
    [made, lit] = await house.desk.documents.history("fuse", "f1", 0, 10)
    assert (made.from_state, made.who, made.command) == (None, "ann", "fuse.light")
    assert lit.to_state["lit"] == 1


async def test_a_refusal_is_not_made_from_what_only_memory_believes(house: House, url: str, clock: FakeClock) -> None:
    await house.light()
    async with process(url, clock) as other:
        clock.advance(BURN_MS)
        await other.keeper.carry_out(FUSE, "f1", Elapse(), ANN)
        reset = await house.desk.documents.load("fuse", "f1")
        assert reset is not None
        again = replace(reset, state=dict(reset.state) | {"is_out": False}, version=reset.version + 1)
        await house.desk.documents.save(again, reset.version, ANN)
        # The other process still believes that the fuse is out.
        assert (await other.light()).lit == 2


async def test_a_refusal_changes_and_tells_nothing(house: House) -> None:
    await house.light()
    house.clock.advance(BURN_MS)
    await house.keeper.carry_out(FUSE, "f1", Elapse(), ANN)
    with pytest.raises(Refusal) as refused:
        await house.light()
    assert refused.value.facts["state"] == "out"
    assert await house.told(2) == [1, 1]


async def test_what_is_due_happens_on_time_and_once_on_two_nodes(house: House, url: str, clock: FakeClock) -> None:
    async with process(url, clock) as other:
        await house.timers.start()
        await other.timers.start()
        await house.light()
        for _ in range(7):
            clock.advance(500)
            await asyncio.gather(house.timers.settle(), other.timers.settle())
        states = [await each.keeper.load(FUSE, "f1") for each in (house, other)]
        assert [state and state.is_out for state in states] == [True, True]
        rows = [*house.desk.sent.rows, *other.desk.sent.rows]
        assert sum(len(orjson.loads(row.payload)) for row in rows) == 2


async def test_what_a_dead_process_left_behind_is_fired_by_the_next(house: House, url: str, clock: FakeClock) -> None:
    await house.light()
    clock.advance(60_000)
    async with process(url, clock) as other:
        await other.timers.start()
        await other.wait(500)
        state = await other.keeper.load(FUSE, "f1")
        assert state is not None
        assert state.is_out


async def test_a_process_that_remembers_an_older_state_fires_what_a_dead_one_left(
    house: House, url: str, clock: FakeClock
) -> None:
    """By the older state nothing would be due."""
    async with process(url, clock) as other:
        await other.keeper.load(FUSE, "f1")
        await house.light()
        await other.timers.start()
        await other.wait(BURN_MS + 1_000)
        state = await other.keeper.load(FUSE, "f1")
        assert state is not None
        assert state.is_out


async def test_a_command_that_would_change_nothing_is_judged_by_what_is_stored(
    house: House, url: str, clock: FakeClock
) -> None:
    async with process(url, clock) as other:
        await other.keeper.load(FUSE, "f1")
        await house.light()
        clock.advance(BURN_MS)
        assert (await other.keeper.carry_out(FUSE, "f1", Elapse(), ANN)).is_out


async def test_a_timer_that_rings_a_moment_early_costs_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The time comes while the database is asked."""
    await house.timers.start()
    await house.light()
    load = house.desk.documents.load

    async def load_slowly(kind: str, document_id: str) -> Document | None:
        house.clock.advance(5)
        return await load(kind, document_id)

    monkeypatch.setattr(house.desk.documents, "load", load_slowly)
    house.clock.advance(BURN_MS - 1)
    with caplog.at_level(logging.ERROR):
        house.timers._fire(("fuse", "f1"))
        await house.wait(500)
    state = await house.keeper.load(FUSE, "f1")
    assert state is not None
    assert state.is_out
    assert not caplog.records


async def test_nothing_fires_early(house: House) -> None:
    await house.timers.start()
    await house.light()
    await house.wait(BURN_MS - 500)
    state = await house.keeper.load(FUSE, "f1")
    assert state is not None
    assert not state.is_out
    await house.wait(500)
    state = await house.keeper.load(FUSE, "f1")
    assert state is not None
    assert state.is_out


async def test_a_rule_that_leaves_something_due_is_not_asked_all_the_time(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    stuck = replace(FUSE, apply=lambda state, command, now_ms: Step(state or Fuse(command, out_at=now_ms)))
    house.keeper.machines["fuse"] = stuck
    await house.keeper.create(stuck, "f2", "r1", ANN)
    with caplog.at_level(logging.ERROR):
        await house.timers.start()
        await house.wait(4_000)
    assert len([record for record in caplog.records if "stays due" in record.message]) == 1


async def test_a_rule_with_a_fault_is_logged_and_the_others_go_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(state: Fuse | None, command: Any, now_ms: int) -> Step[Fuse]:
        return apply(state, "break" if isinstance(command, Elapse) and state and state.lit == 2 else command, now_ms)

    house.keeper.machines["fuse"] = replace(FUSE, apply=fail)
    await house.keeper.create(FUSE, "f2", "r1", ANN)
    await house.timers.start()
    await house.light("f1")
    await house.light("f2")
    await house.light("f2")
    with caplog.at_level(logging.ERROR):
        await house.wait(BURN_MS + 500)
    state = await house.keeper.load(FUSE, "f1")
    assert state is not None
    assert state.is_out
    assert "failed when it was due" in caplog.text


async def test_a_private_push_that_fails_does_not_fail_the_command(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(room: str | None, target: Target, payload: bytes) -> None:
        raise RealtimeError(ErrorCode.UNAVAILABLE, "away")

    monkeypatch.setattr(house.backplane, "send_private", fail)
    assert (await house.light()).lit == 1
    assert "private pushes" in caplog.text


async def test_a_document_of_another_version_is_refused_by_name_and_left_alone(house: House) -> None:
    await house.desk.documents.create(Document("fuse", "f9", "r1", {"colour": "red"}, 1, 0), ANN)
    with pytest.raises(DocumentUnreadable) as refused:
        await house.light("f9")
    assert refused.value.facts["id"] == "f9"
    stored = await house.desk.documents.load("fuse", "f9")
    assert stored is not None
    assert stored.state == {"colour": "red"}


async def test_who_is_not_there_is_told_so_and_a_second_of_the_same_id_is_refused(house: House) -> None:
    with pytest.raises(Refusal) as missing:
        await house.light("f7")
    assert missing.value.code == ErrorCode.NOT_FOUND
    with pytest.raises(Refusal) as twice:
        await house.keeper.create(FUSE, "f1", "r1", ANN)
    assert twice.value.code == ErrorCode.WRONG_STATE


async def test_more_commands_than_can_wait_for_one_document_are_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MAX_WAITING", 3)
    answers = await asyncio.gather(*(house.light() for _ in range(5)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, RealtimeError)]
    assert [error.code for error in refused] == [ErrorCode.OVERLOADED] * 2
    assert (await house.light()).lit == 4


def test_a_webhook_of_a_step_is_kept_with_it() -> None:
    step = Step(Fuse("r1"), [ForServers("r1", "show.started", {"show_id": "s"})])
    [message] = keeper._messages(step, 0)
    assert message == webhook_message("r1", "show.started", {"show_id": "s"})
