"""No pair of state and command of any machine is undefined, and no history leads where the diagrams do not."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.server.handbook.machines import MACHINES, Machine
from tests.rooms.builders import MACHINE, NOW
from tests.rooms.drivers import DAY_MS, DRIVERS, Driver

BY_TITLE = {machine.title: machine for machine in MACHINES}
STEPS = 50
PAUSES_MS = (0, 1, 999, 3_000, 60_000, 3_600_000, DAY_MS, -5_000)
UNSEEN = ("topic", "held", "appeal", "grant", "product", "shelf", "record", "quiz", "prediction", "seat")
"""Machines whose histories have no model of their own elsewhere."""


def pairs() -> list[Any]:
    """Every state with every command, of every machine."""
    found = []
    for name, driver in DRIVERS.items():
        for status, kind in itertools.product(type(BY_TITLE[driver.title].initial), driver.commands):
            found.append(pytest.param(driver, status, kind, id=f"{name}-{status.value}-{kind.__name__}"))
    return found


def leads_to(machine: Machine, status: StrEnum, kind: type) -> set[StrEnum]:
    """Where a command may lead by the page: what the table says, or one of the arrows that depend on more."""
    return {machine.table[(status, kind)], status, *(after for before, _, after in machine.more if before is status)}


def test_every_machine_of_the_page_is_driven_with_every_command() -> None:
    assert {driver.title for driver in DRIVERS.values()} == set(BY_TITLE)
    for driver in DRIVERS.values():
        assert set(driver.commands) == set(BY_TITLE[driver.title].words), driver.title


@pytest.mark.parametrize(("driver", "status", "kind"), pairs())
def test_every_pair_has_an_outcome(driver: Driver, status: StrEnum, kind: type) -> None:
    machine, state = BY_TITLE[driver.title], driver.make(status)
    assert driver.status(state) is status
    command = driver.command(kind, state)
    if (status, kind) in machine.table and (status, kind) not in driver.unfit:
        after = driver.apply(state, command, NOW)
        assert driver.status(after) in leads_to(machine, status, kind)
    elif kind in driver.passing or (status, kind) in driver.repeats:
        assert driver.apply(state, command, NOW) is state
    else:
        with pytest.raises(Refusal) as refused:
            driver.apply(state, command, NOW)
        assert refused.value.code == ErrorCode.WRONG_STATE
        assert refused.value.facts.get("state", status.value) == status.value


@pytest.mark.parametrize("name", UNSEEN)
@settings(MACHINE)
@given(history=st.binary(min_size=2 * STEPS, max_size=2 * STEPS))
def test_any_history_goes_along_the_arrows_and_a_refusal_changes_nothing(name: str, history: bytes) -> None:
    driver = DRIVERS[name]
    machine, kinds = BY_TITLE[driver.title], list(driver.commands)
    state, now_ms = driver.make(machine.initial), NOW
    for choice, pause in zip(history[::2], history[1::2], strict=True):
        kind, before = kinds[choice % len(kinds)], driver.status(state)
        now_ms += PAUSES_MS[pause % len(PAUSES_MS)]
        version = getattr(state, "version", 0)
        try:
            after = driver.apply(state, driver.command(kind, state), now_ms)
        except Refusal:
            continue
        if (before, kind) in machine.table:
            assert driver.status(after) in leads_to(machine, before, kind)
        else:
            assert after is state
        assert version <= getattr(after, "version", 0) <= version + (after is not state), "a version for a change"
        state = after
