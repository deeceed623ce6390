"""A primary that dies under three sentinels: its replica takes over, every room is repaired or told to resync (R9)."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from tests.redis.nodes import LOOK_S, PATIENCE_S, node, say, until, until_done
from tests.support.valkey import Guarded, running_sentinels


async def until_agreed(servers: Guarded) -> None:
    """Wait until all sentinels name the replica."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await asyncio.to_thread(servers.named) == {servers.replicas[0].port}:
                return
            await asyncio.sleep(LOOK_S)


@pytest.mark.usefixtures("in_time")
async def test_a_failover_is_a_short_refusal_and_then_another_epoch() -> None:
    """What was acked and lost is not mistaken for what comes after: the epoch is another one.

    How short, tests/chaos says, with the machine for itself.
    """
    with running_sentinels() as servers:
        async with node(servers.url) as here, node(servers.url) as there:
            rooms = [f"room-{number}" for number in range(10)]
            fanouts = [await until_done(partial(here.hub.open, room)) for room in rooms]
            for room in rooms:
                await say(there.engine, room, "before")
            await until(lambda: all(fanout.ring.last_seq == 1 for fanout in fanouts))
            epochs = [fanout.epoch for fanout in fanouts]
            await asyncio.to_thread(servers.kill_primary)
            saying = asyncio.gather(*(say(there.engine, room, "after") for room in rooms))
            await until_agreed(servers)
            await saying
            await until(lambda: all(new.epoch != old for new, old in zip(fanouts, epochs, strict=True)))
            for fanout in fanouts:
                position, _ = await until_done(partial(there.engine.tail, fanout.name, fanout.position))
                assert position == fanout.position
