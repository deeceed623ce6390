"""A primary that dies under three sentinels: its replica takes over, every room is repaired or told to resync (R9)."""

from __future__ import annotations

import time

from tests.contracts.engine import said
from tests.redis.nodes import node, say, until
from tests.support.valkey import running_sentinels

MOST_S = 6.0
"""One second until the sentinels agree, one or two until the replica is asked; more on a machine with much to do."""


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
            started = time.monotonic()
            for room in rooms:
                await say(there.engine, room, "after")
            assert time.monotonic() - started < MOST_S
            await until(lambda: all(new.epoch != old for new, old in zip(fanouts, epochs, strict=True)))
            for fanout in fanouts:
                assert (await there.engine.tail(fanout.name, fanout.position))[0] == fanout.position
