"""Whoever matters and is connected nowhere is told of, whatever dies; whoever came back is never left as gone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from liveroom.realtime.codes import ErrorCode
from liveroom.realtime.errors import RealtimeError
from liveroom.rooms.area import Area
from liveroom.rooms.areas import Areas
from liveroom.rooms.errors import DatabaseUnavailable
from liveroom.rooms.room import Room
from liveroom.rooms.storage.database import Database
from liveroom.rooms.storage.presences import Lease, Lost, Presences
from liveroom.rooms.whereabouts import LEASE_MS, PATIENCE_MS, Whereabouts
from tests.support.clock import FakeClock

ROOM = cast(Room, SimpleNamespace(id="r1"))


class Hearing(Area):
    """An area to which `matter` matters; it notes what it is told and fails as often as wanted."""

    def __init__(self) -> None:
        self.matter: set[str] = {"host"}
        self.told: list[tuple[str, str]] = []
        self.failures = 0
        self.broken: set[str] = set()
        self.on_gone: Any = None

    def people(self, room: Room) -> Collection[str]:
        return self.matter

    async def gone(self, room: str, user_id: str, since_ms: int) -> None:
        if self.failures:
            self.failures -= 1
            raise RealtimeError(ErrorCode.UNAVAILABLE, "not now")
        if user_id in self.broken:
            raise RuntimeError("never")
        if self.on_gone is not None:
            await self.on_gone()
        self.told.append(("gone", user_id))

    async def came(self, room: str, user_id: str) -> None:
        self.told.append(("came", user_id))


class Frail(Presences):
    """Leases in a database that is away at times, or slow (ms of the clock for each writing)."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        super().__init__(database)
        self.clock = clock
        self.is_away = False
        self.slow_ms = 0

    async def put(self, leases: Sequence[Lease]) -> None:
        """See `Presences.put`."""
        self._check()
        self.clock.advance(self.slow_ms)
        await super().put(leases)

    async def find_lost(self, now_ms: int) -> Sequence[Lost]:
        """See `Presences.find_lost`."""
        self._check()
        return await super().find_lost(now_ms)

    def _check(self) -> None:
        if self.is_away:
            raise DatabaseUnavailable("unreachable")


class Nodes:
    """Some nodes around one database, each with its own area."""

    def __init__(self, database: Database, clock: FakeClock) -> None:
        self.presences = Frail(database, clock)
        self.clock = clock
        self.running: list[Whereabouts] = []

    def start(self, name: str, presences: Presences | None = None) -> tuple[Whereabouts, Hearing]:
        """One more."""
        hearing = Hearing()
        node = Whereabouts(presences or self.presences, Areas([hearing]), lambda room: ROOM, name, self.clock)
        node.start()
        self.running.append(node)
        return node, hearing

    async def wait(self, ms: int = 0) -> None:
        """Let time pass and everything under way end."""
        for _ in range(ms // 500 + 1):
            for node in self.running:
                await node.settle()
            if ms:
                self.clock.advance(500)
        for node in self.running:
            await node.settle()


@pytest.fixture
async def nodes(database: Database, clock: FakeClock) -> Any:
    nodes = Nodes(database, clock)
    yield nodes
    for node in nodes.running:
        await node.stop()


async def test_a_connection_that_closes_is_told_at_once_and_so_is_the_return(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    node.came(ROOM, "host")
    await nodes.wait()
    node.left("r1", "host")
    await nodes.wait()
    node.came(ROOM, "host")
    await nodes.wait()
    assert area.told == [("came", "host"), ("gone", "host"), ("came", "host")]


async def test_one_of_two_devices_may_go(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    for _ in range(2):
        node.came(ROOM, "host")
    node.left("r1", "host")
    await nodes.wait(LEASE_MS * 2)
    assert ("gone", "host") not in area.told


async def test_who_changes_the_node_is_never_gone(nodes: Nodes) -> None:
    first, area = nodes.start("a")
    second, other = nodes.start("b")
    first.came(ROOM, "host")
    await nodes.wait()
    second.came(ROOM, "host")
    await nodes.wait()
    first.left("r1", "host")
    await nodes.wait(LEASE_MS * 2)
    assert ("gone", "host") not in area.told + other.told


async def test_a_node_that_dies_loses_those_it_had(nodes: Nodes) -> None:
    dying, _ = nodes.start("a")
    dying.came(ROOM, "host")
    await nodes.wait()
    await dying.stop()
    nodes.running.remove(dying)
    _, area = nodes.start("b")
    await nodes.wait(LEASE_MS - 1_000)
    assert area.told == []
    await nodes.wait(2_000)
    assert area.told == [("gone", "host")]


async def test_who_is_expected_and_does_not_come_is_gone(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    await node.expect("r1", ["host", "guest"])
    area.matter.add("guest")
    node.came(ROOM, "guest")
    await nodes.wait(LEASE_MS + 1_000)
    assert area.told == [("came", "guest"), ("gone", "host")]


async def test_it_is_told_again_until_it_was_heard(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    area.failures = 2
    await node.expect("r1", ["host"])
    await nodes.wait(LEASE_MS + 4_000)
    assert area.told == [("gone", "host")]


async def test_who_comes_while_it_is_told_is_not_left_as_gone(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    other, elsewhere = nodes.start("b")

    async def arrive() -> None:
        other.came(ROOM, "host")
        await other.settle()

    area.on_gone = arrive
    await node.expect("r1", ["host"])
    nodes.running.remove(other)
    await nodes.wait(LEASE_MS + 1_000)
    nodes.running.append(other)
    assert area.told[-1] == ("came", "host")
    assert elsewhere.told[-1] == ("came", "host")
    assert ("gone", "host") in area.told


async def test_those_who_do_not_matter_are_not_written_down(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    node.came(ROOM, "somebody")
    await nodes.wait(1_000)
    node.left("r1", "somebody")
    await nodes.wait(LEASE_MS + 1_000)
    assert area.told == []


async def test_who_matters_later_is_leased_from_then_on(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    node.came(ROOM, "guest")
    await nodes.wait()
    area.matter.add("guest")
    await nodes.wait(2_000)
    await node.stop()
    nodes.running.remove(node)
    _, later = nodes.start("b")
    await nodes.wait(LEASE_MS + 1_000)
    assert later.told == [("gone", "guest")]


async def test_after_a_pause_of_the_database_nobody_who_is_connected_is_gone(nodes: Nodes, database: Database) -> None:
    late = Frail(database, nodes.clock)
    first, area = nodes.start("a", late)
    _, other = nodes.start("b")
    first.came(ROOM, "host")
    await nodes.wait(1_000)
    late.is_away = nodes.presences.is_away = True
    await nodes.wait(LEASE_MS * 3)
    nodes.presences.is_away = False
    await nodes.wait(PATIENCE_MS - 1_000)
    late.is_away = False
    await nodes.wait(LEASE_MS * 2)
    assert ("gone", "host") not in area.told + other.told


async def test_who_was_declared_gone_while_the_lease_had_run_out_is_said_to_be_there(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    node.came(ROOM, "host")
    await nodes.wait(1_000)
    nodes.presences.is_away = True
    await nodes.wait(LEASE_MS * 2)
    area.told.append(("gone", "host"))  # by another node
    nodes.presences.is_away = False
    await nodes.wait(2_000)
    assert area.told[1:] == [("gone", "host"), ("came", "host")]


async def test_leases_that_are_written_too_late_count_as_run_out(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    node.came(ROOM, "host")
    await nodes.wait(1_000)
    nodes.presences.slow_ms = LEASE_MS
    await nodes.wait(1_000)
    nodes.presences.slow_ms = 0
    await nodes.wait(1_000)
    assert area.told.count(("came", "host")) > 1


async def test_while_leases_hold_nobody_is_said_to_have_come_again(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    node.came(ROOM, "host")
    await nodes.wait(LEASE_MS * 3)
    assert area.told == [("came", "host")]


async def test_who_is_really_gone_after_a_pause_is_told_of_when_the_others_had_time_to_renew(nodes: Nodes) -> None:
    dying, _ = nodes.start("a")
    dying.came(ROOM, "host")
    await nodes.wait()
    await dying.stop()
    nodes.running.remove(dying)
    _, area = nodes.start("b")
    nodes.presences.is_away = True
    await nodes.wait(LEASE_MS * 2)
    nodes.presences.is_away = False
    await nodes.wait(PATIENCE_MS - 1_000)
    assert area.told == []
    await nodes.wait(3_000)
    assert area.told == [("gone", "host")]


async def test_one_whom_an_area_cannot_deal_with_holds_up_nobody(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    area.broken = {"broken"}
    await node.expect("r1", ["broken"])
    await nodes.wait(500)
    await node.expect("r1", ["host"])
    await nodes.wait(LEASE_MS + 1_000)
    assert area.told == [("gone", "host")]


async def test_leases_are_renewed_while_many_are_told_of(nodes: Nodes) -> None:
    node, area = nodes.start("a")
    others = [f"u{number}" for number in range(6)]
    await node.expect("r1", others)
    node.came(ROOM, "host")
    await nodes.wait()
    live: list[bool] = []

    async def take_long() -> None:
        live.append(await nodes.presences.is_live("r1", "host", nodes.clock.now_ms()))
        nodes.clock.advance(2_000)

    area.on_gone = take_long
    await nodes.wait(LEASE_MS + 1_000)
    assert sorted(who for what, who in area.told if what == "gone") == others
    assert live == [True] * len(others)
