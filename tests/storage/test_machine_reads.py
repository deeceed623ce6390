"""Machines that have to know facts, and documents that a command with a key makes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Elapse, Step
from liveroom.rooms.machines.contract import ForTotals, Reader
from liveroom.rooms.machines.once import create_once, make_id
from tests.storage.fuses import ANN, BURN_MS, FUSE, Fuse, House, apply, process
from tests.support.clock import FakeClock


@pytest.fixture
async def house(url: str, clock: FakeClock) -> AsyncIterator[House]:
    async with process(url, clock) as house:
        await house.keeper.create(FUSE, "f1", "r1", ANN)
        yield house


async def test_a_command_reads_what_it_must_know_while_nobody_else_can_change_the_document(
    house: House, url: str, clock: FakeClock
) -> None:
    """Counted in the transaction of the change: what another process does at the same time is before it, or after."""

    def reads(state: Fuse, command: Any, now_ms: int) -> Reader | None:
        async def read(connection: AsyncConnection) -> Any:
            row = (await connection.execute(text("SELECT version FROM documents WHERE id = 'f1'"))).one()
            return f"light {row.version}"

        return read if command == "count" else None

    def light_so_often(state: Fuse | None, command: Any, now_ms: int) -> Step[Fuse]:
        if isinstance(command, str) and command.startswith("light "):
            lit = replace(state or Fuse("r1"), lit=int(command.removeprefix("light ")))
            return Step(lit, [ForTotals("r1", "likes", "fuses", {"f1": {"lit": lit.lit, "n": 1}})])
        return apply(state, command, now_ms)

    counting = replace(FUSE, reads=reads, apply=light_so_often)
    async with process(url, clock) as other:
        taps = [each.keeper.carry_out(counting, "f1", "light", ANN) for each in [house, other] * 5]
        counts = [each.keeper.carry_out(counting, "f1", "count", ANN) for each in (house, other)]
        await asyncio.gather(*taps[:5], *counts, *taps[5:])
    history = await house.desk.documents.history("fuse", "f1", 0, 50)
    counted = [step for step in history if step.from_state is not None and step.command == "fuse.light"]
    assert len(counted) == 12
    jumps = [step for step in counted if step.from_state is not None and step.to_state["out_at"] is None]
    assert all(step.to_state["lit"] == step.version - 1 for step in jumps)
    known = await house.keeper.carry_out(counting, "f1", "count", ANN)
    assert known.lit == 13, "memory has what was read, too"


async def test_a_refusal_of_a_rule_that_reads_changes_nothing(house: House) -> None:
    async def read(connection: AsyncConnection) -> Any:
        return "light"

    out = replace(FUSE, reads=lambda state, command, now_ms: read)
    await house.light()
    house.clock.advance(BURN_MS)
    await house.keeper.carry_out(FUSE, "f1", Elapse(), ANN)
    with pytest.raises(Refusal, match="it is out"):
        await house.keeper.carry_out(out, "f1", "count", ANN)
    with pytest.raises(Refusal) as missing:
        await house.desk.documents.settle("fuse", "f7", ANN, None)  # type: ignore[arg-type] - not asked
    assert missing.value.code == ErrorCode.NOT_FOUND


async def test_a_repeat_of_a_command_that_makes_a_document_makes_no_second_one(house: House) -> None:
    made = make_id("f", "r1", "ann", "k1")
    assert made == make_id("f", "r1", "ann", "k1")
    others = {make_id("f", "r1", "ann", "k2"), make_id("f", "r1", "bob", "k1"), make_id("f", "r2", "ann", "k1")}
    assert made not in others

    async def make(room: str = "r1") -> tuple[Fuse, bool]:
        return await create_once(house.keeper, FUSE, made, room, ANN, lambda kept: kept.room == room)

    both = await asyncio.gather(make(), make())
    assert sorted(was_there for _, was_there in both) == [False, True]
    await house.light(made)
    assert await make() == (Fuse("r1", 1, house.clock.now_ms() + BURN_MS), True)
    with pytest.raises(Refusal) as conflict:
        await make("r2")
    assert conflict.value.code == ErrorCode.KEY_CONFLICT
