"""What looks again and again goes on looking after a fault that nobody foresaw, and ends when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from liveroom.rooms.machines import Timers
from liveroom.rooms.storage.relay import Relay
from liveroom.rooms.storage.retention import Retention
from liveroom.rooms.webhooks.courier import Courier
from liveroom.rooms.webhooks.housekeeping import Housekeeping, Keep
from tests.support.clock import FakeClock

LONG_MS = 3_600_000
TURNS = 5


class Faulty:
    """Whatever is asked of it fails in a way that nobody foresaw; it counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.machines: dict[str, Any] = {}
        self.timeout_s = 1.0
        self.committed = lambda written: None

    def observe(self, observer: Any) -> None:
        """See `Keeper.observe`."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*args: object) -> None:
            self.asked += 1
            raise ZeroDivisionError(name)

        return fail


class Looker(NamedTuple):
    """What looks, and how it begins and ends."""

    start: Callable[[], Any]
    stop: Callable[[], Any]


def make(kind: str, faulty: Any, clock: FakeClock) -> Looker:
    if kind == "timers":
        timers = Timers(faulty, faulty, clock)
        return Looker(timers.start, timers.stop)
    if kind == "relay":
        relay = Relay(faulty, {}, clock, lambda: 0.5)
        return Looker(relay.start, relay.stop)
    if kind == "courier":
        courier = Courier(faulty, faulty, faulty, faulty, clock, faulty, "me")
        return Looker(courier.start, courier.stop)
    if kind == "retention":
        retention = Retention(faulty, faulty, faulty, faulty, faulty, clock)
        return Looker(retention.start, retention.stop)
    housekeeping = Housekeeping(faulty, faulty, clock, faulty, Keep())
    return Looker(housekeeping.start, housekeeping.stop)


@pytest.mark.parametrize("kind", ["timers", "relay", "courier", "retention", "housekeeping"])
async def test_a_fault_ends_neither_the_looking_nor_the_process(kind: str, clock: FakeClock) -> None:
    faulty = Faulty()
    looker = make(kind, faulty, clock)
    begun = looker.start()
    if begun is not None:
        await begun
    for looks in (1, 2, 3):
        clock.advance(LONG_MS)
        for _ in range(TURNS):
            await asyncio.sleep(0)
        assert faulty.asked >= looks
    await looker.stop()
