"""An office on each kind of database, and a receiver beside it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from liveroom.rooms.storage.database import Database
from tests.storage.webhooks.office import Office
from tests.storage.webhooks.receiver import Receiver, running_receiver
from tests.support.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """It stands still at the present, since signatures are verified against the real time."""
    return FakeClock(time.time_ns() // 1_000_000)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """One that answers 200 until a test plans something else."""
    async with running_receiver() as receiver:
        yield receiver


@pytest.fixture
async def office(database: Database, clock: FakeClock) -> AsyncIterator[Office]:
    """On each kind of database, running."""
    office = await Office(database, clock).start()
    yield office
    await office.stop()
