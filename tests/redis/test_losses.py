"""The server has lost its data, or may have: every node goes over to a new epoch and to what is said in it (R7, R8)."""

from __future__ import annotations

import pytest

from liveroom.realtime.errors import BackplaneUnavailable
from tests.contracts.engine import said
from tests.redis.nodes import engine, node, say, until, until_done
from tests.support.valkey import Valkey, running_valkey


async def test_a_server_that_lost_its_data_begins_a_new_epoch_and_every_node_goes_over_to_it(server: Valkey) -> None:
    """Old positions get a snapshot; what is said from then on is heard."""
    async with node(server.url) as here, engine(server.url) as (other, _):
        fanout = await here.hub.open("r")
        await say(other, "r", "a", "b", "c")
        await until(lambda: fanout.ring.last_seq == 3)
        old = fanout.position
        server.kill()
        server.start()
        await say(other, "r", "d")
        await until(lambda: fanout.epoch != old.epoch and fanout.ring.last_seq == 1)
        position, tail = await other.tail("r", old)
        assert (tail, position) == (None, fanout.position)
        await say(other, "r", "e")
        await until(lambda: fanout.ring.last_seq == 2)


async def test_after_the_loss_of_its_data_values_are_heard_though_they_count_from_the_beginning(server: Valkey) -> None:
    async with node(server.url) as here, engine(server.url) as (other, _):
        fanout = await here.hub.open("r")
        await other.set_latest("r", "votes", b"10", (10**11, 0))
        await until(lambda: fanout.values.get("votes") == b"10")
        old = fanout.epoch
        server.kill()
        server.start()
        await until_done(lambda: other.set_latest("r", "votes", b"1", (1, 0)))
        await until(lambda: fanout.values["votes"] == b"1")
        assert fanout.epoch != old
        await other.set_latest("r", "votes", b"2", (2, 0))
        await until(lambda: fanout.values["votes"] == b"2")


async def test_that_messages_from_nodes_may_be_lost_with_the_data_is_said(server: Valkey) -> None:
    async with engine(server.url) as (_, receiver):
        server.kill()
        server.start()
        await receiver.until(lambda: receiver.misses == 1)


async def test_a_room_that_could_not_be_opened_is_not_listened_to(
    server: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node(server.url) as here:

        async def fail(room: str) -> dict[str, bytes]:
            raise BackplaneUnavailable

        monkeypatch.setattr(here.engine, "latest", fail)
        with pytest.raises(BackplaneUnavailable):
            await here.hub.open("r")
        assert "r" not in [ear.room for ear in here.engine._ears.all()]


async def test_a_quiet_room_learns_of_a_new_epoch_by_itself(server: Valkey) -> None:
    async with node(server.url) as here:
        fanout = await here.hub.open("r")
        await here.engine.publish("r", [said("a")])
        old = fanout.epoch
        server.kill()
        server.start()
        await until(lambda: fanout.epoch != old)


async def test_a_history_that_was_kept_over_a_restart_still_is_of_another_epoch() -> None:
    """The server may have lost its last second; who has heard that must not go on as if nothing were."""
    with running_valkey("--appendonly", "yes", "--appendfsync", "always") as server:
        async with engine(server.url) as (backplane, _):
            [before] = await backplane.publish("r", [said("a", "b")])
            server.kill()
            server.start()
            [after] = await until_done(lambda: backplane.publish("r", [said("c")]))
            assert after.position.epoch != before.position.epoch
            assert after.position.seq == 3
            assert await backplane.tail("r", before.position) == (after.position, None)
