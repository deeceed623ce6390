"""A house with its room live, on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.house import House, opened
from tests.support.clock import FakeClock


@pytest.fixture
async def house(url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[House]:
    """Nobody is in it yet."""
    async with opened(url, tmp_path / "data", clock, gift_billing="open") as house:
        yield house
