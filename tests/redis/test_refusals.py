"""A server that answers and does not write: nobody is sent to a node that can do nothing for them (R7)."""

from __future__ import annotations

import asyncio

import pytest

from liveroom.realtime.errors import BackplaneUnavailable
from tests.contracts.engine import said
from tests.redis.nodes import engine, refused_start, until, until_done
from tests.support.valkey import Valkey, running_cluster, running_sentinels

REFUSING = {
    "no replica": (("min-replicas-to-write", "1"), ("min-replicas-to-write", "0")),
    "full": (("maxmemory", "1"), ("maxmemory", "0")),
}


@pytest.fixture(params=REFUSING)
def setting(request: pytest.FixtureRequest) -> tuple[tuple[str, str], tuple[str, str]]:
    """What makes a server refuse to write, and what ends it."""
    return REFUSING[request.param]


async def test_a_node_where_nothing_happens_finds_out_and_finds_back(
    server: Valkey, setting: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    refuse, accept = setting
    async with engine(server.url) as (here, _):
        assert here.is_available()
        server.ask("CONFIG", "SET", *refuse)
        await until(lambda: not here.is_available())
        server.ask("CONFIG", "SET", *accept)
        await until(here.is_available)
        assert server.ask("DBSIZE") == 1, "nothing is written for it: there is the room of the nodes, as before"


async def test_the_first_call_that_is_refused_tells(
    server: Valkey, setting: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    refuse, accept = setting
    async with engine(server.url) as (here, _):
        server.ask("CONFIG", "SET", *refuse)
        with pytest.raises(BackplaneUnavailable):
            await here.publish("r", [said("refused")])
        assert not here.is_available()
        assert await here.latest("r") == {}
        assert not here.is_available(), "a read says nothing of writes"
        server.ask("CONFIG", "SET", *accept)
        [first] = await until_done(lambda: here.publish("r", [said("a")]))
        assert first.position.seq == 1
        await until(here.is_available)


async def test_a_server_that_cannot_save_and_so_refuses_is_known(server: Valkey) -> None:
    """MISCONF: the disk is full, or the directory is gone."""
    async with engine(server.url) as (here, _):
        server.directory.joinpath("dump.rdb").mkdir()
        server.ask("CONFIG", "SET", "save", "3600 1000000")
        server.ask("BGSAVE")
        await until(lambda: not here.is_available())
        server.ask("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
        await until(here.is_available)


async def test_one_server_of_a_cluster_that_refuses_does_not_close_the_node() -> None:
    """The others have other rooms."""
    with running_cluster() as servers:
        url = "redis+cluster://" + ",".join(f"127.0.0.1:{server.port}" for server in servers)
        async with engine(url) as (here, _):
            servers[0].ask("CONFIG", "SET", "min-replicas-to-write", "1")
            await until(lambda: any(server.refusal for server in here._fleet.servers))
            assert here.is_available()
            for server in servers[1:]:
                server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
            await until(lambda: not here.is_available())


@pytest.mark.usefixtures("in_time")
@pytest.mark.parametrize("replicas", [1, 2])
async def test_a_failover_of_servers_that_want_a_replica_goes_on_with_two_and_says_so_with_one(replicas: int) -> None:
    """docs/nodes.md, "What to set on the server": the one that was promoted has none until the dead one is back."""
    with running_sentinels("--min-replicas-to-write", "1", replicas=replicas) as servers:
        async with engine(servers.url) as (here, _):
            await until_done(lambda: here.publish("r", [said("before")]))
            await until(here.is_available)
            await asyncio.to_thread(servers.kill_primary)
            if replicas == 2:
                await until_done(lambda: here.publish("r", [said("after")]))
                await until(here.is_available)
                return
            [server] = here._fleet.servers
            await until(lambda: server.refusal == "NOREPLICAS")
            await until(lambda: server.caller.upkeep.link is not None)  # it answers
            assert not here.is_available()


async def test_a_start_that_is_refused_says_why(server: Valkey) -> None:
    server.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    await refused_start(server.url, "NOREPLICAS")
