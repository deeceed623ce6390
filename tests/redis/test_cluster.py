"""On a cluster of three primaries: the contract, and rooms that move while people talk in them (R10)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from liveroom.realtime.backplane.base import Backplane, Take, Target
from liveroom.realtime.backplane.redis import RedisBackplane, read_location
from liveroom.realtime.backplane.redis.keys import slot
from liveroom.realtime.clock import LoopClock
from liveroom.realtime.errors import BackplaneUnavailable
from tests.contracts.backplane import BackplaneContract
from tests.contracts.engine import RING_EVENTS, Engine, said
from tests.contracts.receiver import RecordingReceiver
from tests.redis.nodes import engine, node, say, until, until_done
from tests.support.own_time import OwnTime
from tests.support.valkey import Valkey, running_cluster

LONGEST_S = 2.0
"""The promise is half a second; what is counted is less than what passes (`OwnTime`)."""


@pytest.fixture(scope="module")
def members() -> Iterator[list[Valkey]]:
    """One cluster for this module; its first test to kill somebody is the last."""
    with running_cluster() as members:
        yield members


def url(members: list[Valkey]) -> str:
    """One member is enough to find the others."""
    return f"redis+cluster://127.0.0.1:{members[-1].port}"


def owner(members: list[Valkey], room: str) -> Valkey:
    """Who has a room now."""
    for first, last, primary, *_ in members[0].ask("CLUSTER", "SLOTS"):
        if first <= slot(room) <= last:
            return next(member for member in members if member.port == primary[1])
    raise AssertionError(f"nobody has {room}")


class ClusterReceiver(RecordingReceiver):
    """Servers do not wait for each other: a fence has to be heard from each of them."""

    async def fence(self, backplane: Backplane) -> None:
        assert isinstance(backplane, RedisBackplane)
        await super().fence(backplane)
        links = [server.listener.upkeep.link for server in backplane._fleet.servers]
        await asyncio.gather(*(each.ask("PING") for each in links if each is not None))


class TestRedisBackplaneOnACluster(BackplaneContract):
    """See the module."""

    @pytest.fixture
    async def receiver(self) -> RecordingReceiver:
        return ClusterReceiver()

    @pytest.fixture
    def engine(self, members: list[Valkey]) -> Engine:
        async def pass_time(seconds: float) -> None:
            for member in members:
                member.age(seconds)

        for member in members:
            member.ask("FLUSHALL")
        return Engine(RedisBackplane(read_location(url(members)), LoopClock(), ring_events=RING_EVENTS), pass_time)


async def test_rooms_of_all_members_are_heard_by_all_nodes(members: list[Valkey]) -> None:
    """Sixty rooms, which no single server has."""
    rooms = [f"room-{number}" for number in range(60)]
    assert len({owner(members, room).port for room in rooms}) == 3
    async with engine(url(members)) as (here, receiver), engine(url(members)) as (there, _):
        await asyncio.gather(*(here.subscribe(room, 0) for room in rooms))
        await asyncio.gather(*(there.publish(room, [said("a"), said("b")]) for room in rooms))
        await asyncio.gather(*(there.send_private(room, Target(user_id="u"), b"x") for room in rooms))
        await there.tell_nodes(b"ban")
        await receiver.until(lambda: len(receiver.events) == 120 and len(receiver.private) == 60)
        await receiver.until(lambda: receiver.messages == [b"ban"])
        assert all(receiver.payloads(room) == [b"a", b"b"] for room in rooms)
        waits = await here.take([Take(f"bucket {number}", 1, 1) for number in range(50)])
        assert waits == [0] * 50


async def test_a_room_that_is_moved_to_another_server_is_followed(members: list[Valkey]) -> None:
    """The old server answers MOVED and ends the subscription; numbers go on, in an epoch of the new server."""
    room = "wanderer"
    async with node(url(members)) as here, engine(url(members)) as (there, _):
        fanout = await here.hub.open(room)
        await say(there, room, *(f"n{number}" for number in range(5)))
        await until(lambda: fanout.ring.last_seq == 5)
        before = owner(members, room)
        target = next(member for member in members if member is not before)
        before.ask(
            "CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot(room), slot(room), "NODE", target.ask("CLUSTER", "MYID")
        )
        await until(lambda: owner(members, room) is target)
        await say(there, room, *(f"n{number}" for number in range(5, 10)))
        await until(lambda: fanout.ring.last_seq == 10)
        assert (await there.tail(room, fanout.position))[0] == fanout.position
        server = here.engine._fleet.server_of(room)
        assert server.name == f"127.0.0.1:{target.port}"
        assert fanout.name in {ear.room for ear in here.engine._ears.all() if ear.server is server}


@pytest.mark.usefixtures("in_time")
async def test_rooms_of_a_server_that_died_fail_in_time_and_the_others_go_on(members: list[Valkey]) -> None:
    """No replica takes over here. Last of this module."""
    async with engine(url(members)) as (here, _):
        dead = owner(members, "wanderer")
        living = next(f"room-{n}" for n in range(60) if owner(members, f"room-{n}") is not dead)
        lane = owner(members, "@nodes")
        if lane is dead:
            dead = next(member for member in members if member is not lane)
            living = "@nodes"
        lost = next(f"room-{n}" for n in range(60) if owner(members, f"room-{n}") is dead)
        members[0].ask("CONFIG", "SET", "cluster-require-full-coverage", "no")
        for member in members:
            member.ask("CONFIG", "SET", "cluster-require-full-coverage", "no")
        dead.kill()
        for _ in range(3):
            async with OwnTime() as spent:
                with pytest.raises(BackplaneUnavailable):
                    await here.publish(lost, [said("a")])
            assert spent.s < LONGEST_S
            assert (await until_done(lambda: here.publish(living, [said("a")])))[0].position.seq > 0
