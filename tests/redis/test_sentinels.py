"""A primary that dies under three sentinels: its replica takes over, every room is repaired or told to resync (R9)."""

from __future__ import annotations

import asyncio
import time

from tests.contracts.engine import said
from tests.redis.nodes import LOOK_S, PATIENCE_S, node, say, until
from tests.support.valkey import Guarded, running_sentinels

FOUND_S = 3.0
"""From the moment when all sentinels name the new primary; how long they take to agree is theirs."""


async def until_agreed(servers: Guarded) -> None:
    """Wait until all sentinels name the replica."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if await asyncio.to_thread(servers.named) == {servers.replicas[0].port}:
                return
            await asyncio.sleep(LOOK_S)


async def test_a_failover_is_a_short_refusal_and_then_another_epoch() -> None:
    """What was acked and lost is not mistaken for what comes after: the epoch is another one."""
    with running_sentinels() as servers:
        async with node(servers.url) as here, node(servers.url) as there:
            rooms = [f"room-{number}" for number in range(10)]
            fanouts = [await here.hub.open(room) for room in rooms]
            for room in rooms:
                await there.engine.publish(room, [said("before")])
            await until(lambda: all(fanout.ring.last_seq == 1 for fanout in fanouts))
            epochs = [fanout.epoch for fanout in fanouts]
            servers.primary.kill()
            saying = asyncio.gather(*(say(there.engine, room, "after") for room in rooms))
            await until_agreed(servers)
            agreed = time.monotonic()
            await saying
            assert time.monotonic() - agreed < FOUND_S
            await until(lambda: all(new.epoch != old for new, old in zip(fanouts, epochs, strict=True)))
            for fanout in fanouts:
                assert (await there.engine.tail(fanout.name, fanout.position))[0] == fanout.position
