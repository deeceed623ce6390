"""A house for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.rooms_service.house import House
from tests.support.clock import FakeClock
from tests.support.fast_loop import hasten


@pytest.fixture(autouse=True)
async def _fast() -> None:
    """Nothing here waits for anything outside of the process."""
    hasten()


@pytest.fixture
async def house(clock: FakeClock) -> AsyncIterator[House]:
    """A node with the room `demo`, which is live."""
    house = House(clock)
    await house.open()
    yield house
    await house.close()
