"""A house with a shop in it, on each kind of database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.storage.house import House, opened
from tests.support.clock import FakeClock


@pytest.fixture
async def house(url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[House]:
    """With nothing on its shelf."""
    async with opened(url, tmp_path / "data", clock) as house:
        yield house
