"""Who is shut out of the server stays out, and is let in again, also when a wall clock was ahead and is put right."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import pytest

from liveroom.realtime.errors import BackplaneUnavailable
from liveroom.realtime.gateway import Gateway
from liveroom.realtime.identity import Identity, Role
from liveroom.rooms.storage.exclusions import Exclusion, Exclusions, What
from liveroom.server.auth.revocations import Revocations
from liveroom.server.doorkeeper import CHANGED, LOOK_S, OVERLAP_MS, Doorkeeper
from liveroom.server.errors import Banned
from tests.support.clock import START_MS, FakeClock

HOUR_MS = 3_600_000


class Table:
    """The table of all nodes, as far as it is asked here."""

    def __init__(self) -> None:
        self.rows: dict[str, Exclusion] = {}
        self.asked_since: list[int] = []
        self.is_away = False

    async def put(self, entry: Exclusion) -> Exclusion:
        self.rows[entry.subject] = entry
        return entry

    async def changed_since(self, since_ms: int, most: int) -> Sequence[Exclusion]:
        if self.is_away:
            raise BackplaneUnavailable
        self.asked_since.append(since_ms)
        return [row for row in self.rows.values() if row.changed_at_ms >= since_ms]


class Door:
    """A doorkeeper and its list."""

    def __init__(self, table: Table, clock: FakeClock) -> None:
        self.revocations = Revocations(clock)
        hub = SimpleNamespace(listen=lambda hear: None, connections_of=lambda user_id: ())
        gateway = cast(Gateway, SimpleNamespace(hub=hub, connections=()))
        self.keeper = Doorkeeper(cast(Exclusions, table), self.revocations, gateway, clock)

    async def look(self) -> None:
        """Read what has changed."""
        self.keeper.hear(CHANGED)
        assert self.keeper._reading is not None
        await self.keeper._reading

    def keeps_out(self, user_id: str) -> bool:
        """Whether somebody is refused."""
        try:
            self.revocations.check(
                Identity(user_id=user_id, name=user_id, role=Role.VIEWER, expires_at_ms=START_MS * 2)
            )
        except Banned:
            return True
        return False


@pytest.fixture
def table() -> Table:
    return Table()


async def test_changes_made_after_a_clock_was_put_back_hold_on_every_node(table: Table, clock: FakeClock) -> None:
    here, there = Door(table, clock), Door(table, clock)
    clock.put(HOUR_MS)
    await here.keeper.put(What.USER, "ann", "op", START_MS + 9 * HOUR_MS)
    await there.look()
    clock.put(-HOUR_MS)
    clock.advance(LOOK_S * 1_000)
    await here.keeper.put(What.USER, "bob", "op", START_MS + 9 * HOUR_MS)
    await here.keeper.put(What.USER, "ann", "op", 0)
    assert (here.keeps_out("bob"), here.keeps_out("ann")) == (True, False)
    await there.look()
    assert (there.keeps_out("bob"), there.keeps_out("ann")) == (True, False)


async def test_a_node_whose_clock_is_right_is_not_led_astray_by_one_that_is_ahead(
    table: Table, clock: FakeClock
) -> None:
    door = Door(table, clock)
    await table.put(Exclusion(What.USER, "ann", "op", START_MS + HOUR_MS, START_MS + 9 * HOUR_MS))
    await door.look()
    clock.advance(LOOK_S * 1_000)
    await table.put(Exclusion(What.USER, "bob", "op", clock.now_ms(), START_MS + 9 * HOUR_MS))
    await door.look()
    assert door.keeps_out("bob")


async def test_nothing_is_missed_when_the_clock_is_put_back_during_an_outage(table: Table, clock: FakeClock) -> None:
    door = Door(table, clock)
    clock.put(HOUR_MS)
    await door.keeper.put(What.USER, "ann", "op", START_MS + 9 * HOUR_MS)
    clock.put(-HOUR_MS)
    table.is_away = True
    await door.look()
    await table.put(Exclusion(What.USER, "bob", "op", clock.now_ms(), START_MS + 9 * HOUR_MS))
    clock.advance(2 * OVERLAP_MS)
    await door.look()
    table.is_away = False
    await door.look()
    assert door.keeps_out("bob")


async def test_what_is_kept_holds_here_though_it_cannot_be_read_again(table: Table, clock: FakeClock) -> None:
    door = Door(table, clock)
    table.is_away = True
    await door.keeper.put(What.USER, "ann", "op", START_MS + HOUR_MS)
    assert door.keeps_out("ann")


async def test_only_what_is_new_is_read(table: Table, clock: FakeClock) -> None:
    door = Door(table, clock)
    await door.keeper.put(What.USER, "ann", "op", START_MS + HOUR_MS)
    clock.advance(HOUR_MS / 2)
    await door.look()
    assert table.asked_since[-1] == START_MS - OVERLAP_MS
